package dev.heed.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.adapt.Prompt;
import dev.heed.config.UserError;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Peft;
import dev.heed.model.Architecture;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.PackedLinear;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A text encoder with its tokenizer, on a thread of its own: rows of ids in, what a task makes of
 * the model's vectors out.
 *
 * @param config the whole of config.json
 */
record EncoderModel(
    Path folder,
    TextModel model,
    Tokenizer tokenizer,
    ObjectNode config,
    Device device,
    EngineThread engine)
    implements AutoCloseable {

  /** What a task makes of one batch, on the model's thread. */
  interface Reading<T> {
    /**
     * One result a row.
     *
     * @param hidden (B, T, D); of a row shorter than T, the first vectors count
     */
    List<T> of(Tensor hidden, List<Row> rows);
  }

  /**
   * Reads a folder in Hugging Face's layout.
   *
   * @param user what is to run, for messages: {@code classifier}
   * @param head what the model must be able to tell
   * @throws UserError if a file is missing or broken, the model has no such head or is no text
   *     encoder, or the tokenizer doesn't fit it
   */
  static EncoderModel load(Path folder, String user, Optional<Task> head, Device device) {
    if (!Files.isDirectory(folder)) throw new UserError("there is no model folder " + folder);
    EngineThread engine = new EngineThread(user);
    try {
      // On its own thread, where no scope of the caller's takes the weights back.
      return engine.run(() -> read(folder, head, device, engine));
    } catch (RuntimeException | Error e) {
      engine.close();
      throw e;
    }
  }

  private static EncoderModel read(
      Path folder, Optional<Task> head, Device device, EngineThread engine) {
    Checkpoint checkpoint = Checkpoint.load(folder, device);
    String name = checkpoint.architecture().name();
    if (!(checkpoint.model() instanceof TextModel model))
      throw new UserError(
          "%s holds a %s, which is no text encoder: give a folder with one, such as a BertModel"
              .formatted(folder, name));
    if (head.isPresent() && !model.has(head.get()))
      throw new UserError(
          "%s holds a %s, which lacks the head for this: give one of %s"
              .formatted(folder, name, withHead(head.get())));
    boolean prompted = Peft.beside(folder, checkpoint).filter(Prompt.class::isInstance).isPresent();
    if (prompted && head.isEmpty())
      throw new UserError(
          folder + " was tuned by a prompt to answer by its head, and has no vectors of texts");
    Tokenizer tokenizer = Tokenizer.load(folder);
    int vocabulary = checkpoint.config().path("vocab_size").asInt(Integer.MAX_VALUE);
    if (tokenizer.size() > vocabulary)
      throw new UserError(
          "%s: the tokenizer has %d tokens, but the model knows %d: give the tokenizer.json that it was trained with"
              .formatted(folder, tokenizer.size(), vocabulary));
    freeze(model, device);
    return new EncoderModel(folder, model, tokenizer, checkpoint.config(), device, engine);
  }

  /** Makes a model ready for use alone, its weights laid out for speed. */
  static void freeze(Module model, Device device) {
    model.to(device); // what was learned beside it too
    model.training(false);
    if (!device.cuda() && PackedLinear.available())
      model.visit(
          "",
          (prefix, part) -> {
            if (part instanceof Linear linear) linear.freeze();
          });
  }

  /** What {@code made} gives; if it throws, the model is closed. */
  static <T> T closing(EncoderModel model, Supplier<T> made) {
    try {
      return made.get();
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static String withHead(Task task) {
    return Architectures.all().stream()
        .filter(architecture -> TextModel.has(architecture, task))
        .map(Architecture::name)
        .collect(Collectors.joining(", "));
  }

  /** The most tokens that it takes. */
  int positions() {
    return model.encoder().positions();
  }

  /**
   * What a task makes of each row, in order. Rows of like length share a batch.
   *
   * @param batch rows at a time
   * @param done is told how many rows more are done, on the model's thread
   */
  <T> List<T> run(List<Row> rows, int batch, Reading<T> reading, IntConsumer done) {
    List<Integer> order =
        IntStream.range(0, rows.size())
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> rows.get(i).size()).reversed())
            .toList();
    return engine.run(
        () -> {
          List<T> results = new ArrayList<>(Collections.nCopies(rows.size(), null));
          for (int from = 0; from < order.size(); from += batch) {
            List<Integer> some = order.subList(from, Math.min(from + batch, order.size()));
            List<T> read = read(some.stream().map(rows::get).toList(), reading);
            for (int i = 0; i < read.size(); i++) results.set(some.get(i), read.get(i));
            done.accept(read.size());
          }
          return results;
        });
  }

  private <T> List<T> read(List<Row> rows, Reading<T> reading) {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      return reading.of(model.encode(input(rows)), rows);
    }
  }

  /** Rows side by side, the longest first, the others filled up. */
  private TextInput input(List<Row> rows) {
    int longest = rows.get(0).size();
    int pad = config.path("pad_token_id").asInt(0);
    long[] ids = new long[rows.size() * longest];
    long[] segments = new long[ids.length];
    boolean[] real = new boolean[ids.length];
    boolean padded = false;
    boolean segmented = false;
    for (int r = 0; r < rows.size(); r++) {
      Row row = rows.get(r);
      for (int t = 0; t < longest; t++) {
        int at = r * longest + t;
        real[at] = t < row.size();
        ids[at] = real[at] ? row.ids()[t] : pad;
        segments[at] = real[at] ? row.segments()[t] : 0;
        padded |= !real[at];
        segmented |= segments[at] != 0;
      }
    }
    long[] shape = {rows.size(), longest};
    return new TextInput(
        Tensor.of(ids, shape).to(device),
        padded ? Optional.of(Tensor.of(real, shape).to(device)) : Optional.empty(),
        segmented ? Optional.of(Tensor.of(segments, shape).to(device)) : Optional.empty());
  }

  @Override
  public void close() {
    engine.close();
  }
}
