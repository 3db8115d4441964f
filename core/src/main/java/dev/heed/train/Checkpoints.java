package dev.heed.train;

import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.hub.SafeTensors;
import dev.heed.nn.Module;
import dev.heed.optim.Optimizer;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The folder {@code checkpoints} of a run. A checkpoint is a folder {@code step-N} with {@code
 * weights.safetensors}, {@code optimizer.safetensors} and {@code state.json}, written under another
 * name and renamed when whole. Weights kept for averaging stand beside as {@code
 * kept-N.safetensors}.
 */
public final class Checkpoints {
  private static final String WEIGHTS = "weights.safetensors";
  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String STATE = "state.json";

  private final Path folder;

  public Checkpoints(Path run) {
    this.folder = run.resolve("checkpoints");
  }

  /**
   * Writes a checkpoint, then removes the older ones. One of the same step is the same and stays.
   *
   * @throws UserError if it can't be written, as when the disk is full; the one before is kept
   */
  public void save(TrainState state, Module model, Optimizer optimizer) {
    Path half = folder.resolve("half-written");
    Path whole = folder.resolve("step-" + state.step());
    if (!Files.exists(whole)) {
      delete(half);
      try {
        SafeTensors.write(half.resolve(WEIGHTS), tensors(model), Map.of());
        SafeTensors.write(half.resolve(OPTIMIZER), optimizer.state(), Map.of());
        AtomicFile.write(half.resolve(STATE), Configs.toJson(state));
        Files.move(half, whole, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw FileErrors.unwritable(whole, e);
      } finally {
        delete(half); // gives back what it took of a full disk
      }
    }
    for (Path old : list("step-")) if (!old.equals(whole)) delete(old);
    for (Path kept : list("kept-"))
      if (state.kept().stream().noneMatch(k -> kept.equals(kept(k.step())))) delete(kept);
    list(".").forEach(Checkpoints::delete); // of a process that was killed while it wrote
  }

  /** When the newest whole checkpoint was written. */
  public Optional<FileTime> written() {
    return newest()
        .map(
            path -> {
              try {
                return Files.getLastModifiedTime(path.resolve(STATE));
              } catch (IOException e) {
                throw FileErrors.unreadable(path, e);
              }
            });
  }

  /** The state of the newest whole checkpoint. */
  public Optional<TrainState> state() {
    return newest().map(path -> Configs.fromJson(path.resolve(STATE), TrainState.class));
  }

  /** Fills the model and the optimizer from the newest checkpoint. */
  public void restore(Module model, Optimizer optimizer) {
    Path path = newest().orElseThrow();
    try (Scope scope = Scope.open()) {
      copy(SafeTensors.open(path.resolve(WEIGHTS)), tensors(model));
      optimizer.load(SafeTensors.open(path.resolve(OPTIMIZER)).all());
    }
  }

  /** Keeps a model for averaging; those no state names any more go with the next checkpoint. */
  public void keep(long step, Module model) {
    SafeTensors.write(kept(step), tensors(model), Map.of());
  }

  /** Gives a model the mean of kept weights; what isn't trained, such as counts, is the first's. */
  public void average(List<TrainState.Kept> kept, Module model) {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      copy(SafeTensors.open(kept(kept.get(0).step())), model.buffers());
      Map<String, Tensor> sums = new LinkedHashMap<>();
      for (TrainState.Kept one : kept) {
        SafeTensors file = SafeTensors.open(kept(one.step()));
        for (String name : model.parameters().keySet())
          sums.merge(name, file.tensor(name), Tensor::add_);
      }
      model
          .parameters()
          .forEach((name, tensor) -> tensor.copy_(sums.get(name).mul_(1.0 / kept.size())));
    }
  }

  /** What a model knows and has counted: parameters and buffers. */
  private static Map<String, Tensor> tensors(Module model) {
    Map<String, Tensor> all = model.parameters();
    all.putAll(model.buffers());
    return all;
  }

  private static void copy(SafeTensors file, Map<String, Tensor> tensors) {
    try (NoGrad off = NoGrad.on()) {
      tensors.forEach((name, tensor) -> tensor.copy_(file.tensor(name)));
    }
  }

  private Path kept(long step) {
    return folder.resolve("kept-" + step + ".safetensors");
  }

  private Optional<Path> newest() {
    return list("step-").stream().max(Comparator.comparingLong(Checkpoints::step));
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring("step-".length()));
  }

  private List<Path> list(String prefix) {
    if (!Files.isDirectory(folder)) return List.of();
    try (var paths = Files.list(folder)) {
      return paths.filter(path -> path.getFileName().toString().startsWith(prefix)).toList();
    } catch (IOException e) {
      throw FileErrors.unreadable(folder, e);
    }
  }

  private static void delete(Path path) {
    if (!Files.exists(path)) return;
    try (var tree = Files.walk(path)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
    } catch (IOException e) {
      throw FileErrors.unwritable(path, e);
    }
  }
}
