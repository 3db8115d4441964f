package dev.heed.train;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.data.IdBatch;
import dev.heed.data.Mask;
import dev.heed.data.TokenBatch;
import dev.heed.loss.LinearCrossEntropy;
import dev.heed.model.ExpertSeq2Seq;
import dev.heed.model.Seq2Seq;
import dev.heed.nn.Module;
import dev.heed.nn.RouterLoss;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The decoder is fed the true target, one place to the right, and scored on the next token. The
 * routers of a model with experts are kept in balance while gradients are computed.
 */
public final class TeacherForcing implements Objective<IdBatch> {
  private final Seq2Seq model;
  private final LinearCrossEntropy crossEntropy;
  private final Routers routers;
  private final Device device;

  public TeacherForcing(Seq2Seq model, double labelSmoothing, Device device) {
    this.model = model;
    this.crossEntropy = new LinearCrossEntropy(labelSmoothing, TokenBatch.IGNORED);
    this.routers = new Routers((Module) model);
    this.device = device;
  }

  @Override
  public long weight(IdBatch batch) {
    return batch.labelled();
  }

  @Override
  public Loss loss(IdBatch batch, double divisor) {
    try (Scope scope = Scope.open()) { // what the graph doesn't hold is free before going backward
      Loss loss =
          model instanceof ExpertSeq2Seq experts
              ? routed(experts, batch, divisor)
              : routers.during(() -> written(batch, divisor), weight(batch), divisor);
      scope.keep(loss.value());
      return loss;
    }
  }

  private Loss written(IdBatch batch, double divisor) {
    Tensor source = ids(batch.source(), batch.rows(), batch.sourceLength()); // (B, S)
    Tensor input = ids(batch.decoderInput(), batch.rows(), batch.targetLength()); // (B, T)
    Tensor labels = ids(batch.labels(), batch.rows(), batch.targetLength()); // (B, T)
    Tensor real = Tensor.of(batch.sourceReal(), batch.rows(), batch.sourceLength()); // (B, S)
    Memory memory = model.encode(source, Optional.of(real.to(device))); // (B, S, D)
    // Rows are padded on the right, where no real token looks.
    Tensor hidden = model.decode(input, memory, Pass.whole(input, Mask.NONE)); // (B, T, D)
    LinearCrossEntropy.Loss loss =
        crossEntropy.of(
            hidden.reshape(-1, hidden.size(2)),
            model.outputWeight(),
            model.outputBias(),
            labels.view(-1),
            divisor);
    return new Loss(loss.value(), loss.sum(), loss.nll());
  }

  /** With what each stack's routers cost, which counts as often as the batch has tokens. */
  private Loss routed(ExpertSeq2Seq experts, IdBatch batch, double divisor) {
    Map<String, List<Tensor>> logits = new TreeMap<>(); // (B, N, E) of each layer, by stack
    UnaryOperator<Tensor> keeper = Scope.keeper();
    Module module = (Module) experts;
    module.watch(
        shown -> {
          if (shown.name().equals("router_logits"))
            logits
                .computeIfAbsent(shown.part().replaceFirst("\\..*", ""), stack -> new ArrayList<>())
                .add(keeper.apply(shown.value()));
        });
    Loss loss;
    try {
      loss = written(batch, divisor);
    } finally {
      module.unwatch();
    }
    if (!loss.value().requiresGrad()) return loss;
    Tensor value = loss.value();
    double sum = loss.sum();
    for (List<Tensor> layers : logits.values()) {
      Tensor stack = Tensor.cat(1, layers).to(Dtype.FLOAT32); // (B, layers·N, E)
      Tensor cost =
          RouterLoss.balanceOfSequences(stack)
              .mul(experts.balance())
              .add(RouterLoss.z(stack, Optional.empty()), experts.calm());
      value = value.add(cost, weight(batch) / divisor);
      sum += cost.item() * weight(batch);
    }
    return new Loss(value, sum, loss.nll());
  }

  private Tensor ids(int[] ids, int rows, int length) {
    return Tensor.of(ids, rows, length).to(device);
  }
}
