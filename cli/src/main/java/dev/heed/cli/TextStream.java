package dev.heed.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Lines;
import dev.heed.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What the verbs that tell something about texts share: where texts come from and results go. */
@Command // its options, as a mixin
final class TextStream {
  private static final int CHUNK = 1000;

  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description =
          "Lines, plain or gzip, UTF-8 (default: standard input). Of sounds: WAV files; of images: PNG,"
              + " JPEG, GIF or BMP (default: those that the lines of standard input name).")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--fields",
      split = ",",
      paramLabel = "NAME",
      description = "Lines are JSON objects, and these fields hold the texts.")
  List<String> fields = new ArrayList<>();

  @Option(
      names = "--json",
      description =
          "Print a JSON object a line: the input's, or one with the text, and what was found.")
  private boolean json;

  @Option(
      names = "--batch",
      defaultValue = "32",
      paramLabel = "N",
      description = "Texts read together (default: ${DEFAULT-VALUE}).")
  int batch;

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  /**
   * What a verb has to tell about a text.
   *
   * @param lines in plain text
   * @param field the name of {@code value} in JSON
   * @param cut whether the text was truncated
   */
  record Told(Supplier<List<String>> lines, String field, Object value, boolean cut) {}

  /** What a verb does with texts. */
  interface Work {
    /**
     * @param texts one or two of each line
     * @param first the number of the first line
     * @param done is told how many lines more are done
     */
    List<Told> of(List<List<String>> texts, long first, IntConsumer done);
  }

  private record Line(ObjectNode object, List<String> texts) {}

  /** The model's folder. */
  Path model(CommandSpec spec) {
    return Models.folder(model, spec.commandLine().getErr());
  }

  /** Sets the engine up. */
  Device start() {
    return engine.start();
  }

  /**
   * Goes through all lines.
   *
   * @param doing for the progress line
   * @param names what the texts of a plain line, parted by tabs, are called in JSON
   * @return the exit code
   */
  int run(CommandSpec spec, String doing, List<String> names, Work work) {
    int chunk = files.isEmpty() && System.console() != null ? 1 : CHUNK; // 1 for who types
    return lines(spec, doing, names, chunk, work);
  }

  /**
   * The same where a text is the name of a file that the work reads itself: an argument, a line of
   * standard input, or a field of the JSON lines that the argument holds.
   */
  int runFiles(CommandSpec spec, String doing, Work work) {
    List<String> names = Usage.fields(spec, fields, List.of("file"));
    if (files.isEmpty() || !fields.isEmpty()) return lines(spec, doing, names, batch, work);
    Iterator<String> named = files.stream().map(Path::toString).iterator();
    var source = new Source(named, "the arguments", OptionalLong.of(files.size()));
    return each(spec, doing, names, batch, work, source);
  }

  /** Where lines come from. */
  private record Source(Iterator<String> lines, String name, OptionalLong count) {}

  private int lines(CommandSpec spec, String doing, List<String> names, int chunk, Work work) {
    if (files.size() > 1)
      throw new ParameterException(
          spec.commandLine(), "one FILE of lines is read, not %d".formatted(files.size()));
    Optional<Path> file = files.stream().findFirst();
    try (Lines input = Input.open(file)) {
      var source = new Source(input, Input.name(file), Input.count(file));
      return each(spec, doing, names, chunk, work, source);
    }
  }

  private int each(
      CommandSpec spec, String doing, List<String> names, int chunk, Work work, Source source) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    long read = 0;
    long cut = 0;
    try (var progress = new LineProgress(doing, source.count(), err)) {
      for (; source.lines().hasNext(); read += chunk) {
        List<Line> lines = new ArrayList<>();
        for (String line : Input.next(source.lines(), chunk))
          lines.add(line(line, source.name() + ":" + (read + lines.size() + 1), names));
        List<Told> told =
            work.of(lines.stream().map(Line::texts).toList(), read + 1, progress::add);
        try (var interrupt = new Interrupt("heed: stopping after a whole line", err)) {
          for (int i = 0; i < told.size(); i++) {
            if (told.get(i).cut()) cut++;
            for (String line : printed(lines.get(i).object(), told.get(i))) {
              if (interrupt.asked()) return 1;
              Output.line(out, line);
            }
          }
        }
      }
    }
    if (cut > 0) err.printf("heed: %,d texts were truncated%n", cut);
    return 0;
  }

  /**
   * @param where the line stands, for messages
   */
  private Line line(String line, String where, List<String> names) {
    if (!fields.isEmpty()) {
      ObjectNode object = JsonFields.object(line, where);
      return new Line(object, JsonFields.texts(object, fields, where));
    }
    List<String> texts = names.size() == 1 ? List.of(line) : List.of(line.split("\t", -1));
    if (texts.size() != names.size())
      throw new UserError(
          "%s: %d texts instead of %d: write %s with a tab between"
              .formatted(where, texts.size(), names.size(), String.join(" and ", names)));
    ObjectNode object = JsonFields.JSON.createObjectNode();
    for (int i = 0; i < texts.size(); i++) object.put(names.get(i), texts.get(i));
    return new Line(object, texts);
  }

  private List<String> printed(ObjectNode object, Told told) {
    if (!json) return told.lines().get();
    object.set(told.field(), JsonFields.JSON.valueToTree(told.value()));
    if (told.cut()) object.put("truncated", true);
    return List.of(object.toString());
  }
}
