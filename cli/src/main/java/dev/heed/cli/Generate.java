package dev.heed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.data.Lines;
import dev.heed.task.Generator;
import dev.heed.task.Prompt;
import dev.heed.text.ChatTemplate.Message;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed generate}. */
@Command(
    name = "generate",
    description = {
      "Continue texts with a decoder, or answer them with an encoder–decoder.",
      "A prompt is a line of a file or of standard input, or --prompt. A line that begins with {"
          + " is JSON: {\"prompt\": TEXT}, {\"ids\": [1, 2]} or {\"messages\": [{\"role\": \"user\","
          + " \"content\": TEXT}]}."
    },
    footer = {
      "%nExamples:",
      "  heed generate --model models/gpt2 --prompt 'Once upon a time' --top-p 0.9 --seed 7",
      "  heed generate --model models/llama --chat --prompt 'Why is the sky blue?'",
      "  heed generate --model models/gpt2 --beam 4 --n-best 4 --json prompts.txt > out.jsonl"
    })
final class Generate implements Callable<Integer> {
  private static final int CHUNK = 256;

  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "Default: standard input.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "A prompt instead of a file's lines; may be given several times.")
  private List<String> prompts = List.of();

  @Option(names = "--chat", description = "Prompts are what a user says to a chat model.")
  private boolean chat;

  @Option(names = "--system", paramLabel = "TEXT", description = "What a chat begins with.")
  private Optional<String> system = Optional.empty();

  @Option(
      names = "--truncate",
      description = "Cut off the beginning of prompts that are too long instead of refusing them.")
  private boolean truncate;

  @Option(names = "--n-best", paramLabel = "N", description = "Outputs of each prompt.")
  private Optional<Integer> nBest = Optional.empty();

  @Option(
      names = "--json",
      description =
          "Print a JSON object a prompt: prompt, and outputs, best first, each with text, tokens,"
              + " logProbability, score and finish.")
  private boolean json;

  @Option(
      names = "--stream",
      negatable = true,
      description = "Print text as it comes (default: on a terminal, where there is one output).")
  private Optional<Boolean> stream = Optional.empty();

  @Option(
      names = "--batch",
      defaultValue = "8",
      paramLabel = "N",
      description = "Prompts searched together (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--draft",
      paramLabel = "DIR",
      description = "A small model of the same tokens, whose drafts the model judges: sooner done.")
  private Optional<Path> draft = Optional.empty();

  @Option(
      names = "--ahead",
      defaultValue = "4",
      paramLabel = "N",
      description = "Tokens drafted at a time (default: ${DEFAULT-VALUE}).")
  private int ahead;

  @ArgGroup(validate = false, heading = GenerateOptions.HEADING)
  private GenerateOptions options = new GenerateOptions();

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (!prompts.isEmpty() && file.isPresent())
      throw new UserError("--prompt and a file are both given: give one of them");
    var device = engine.start();
    try (Generator own =
        Generator.load(Models.folder(model, spec.commandLine().getErr()), device)) {
      Generator loaded = draft.map(folder -> own.drafting(folder, ahead)).orElse(own);
      Generator generator =
          Usage.checked(
              spec, () -> loaded.with(options.over(loaded.settings(), nBest, truncate, batch)));
      boolean alone = generator.settings().decode().single() && !json;
      boolean streams = stream.orElse(alone && System.console() != null);
      if (prompts.isEmpty())
        try (Lines lines = Input.open(file)) {
          int chunk = streams || file.isEmpty() && System.console() != null ? 1 : CHUNK;
          for (long first = 1; lines.hasNext(); first += chunk)
            print(generator, Input.next(lines, chunk), first, streams);
        }
      else print(generator, prompts, 1, streams);
    }
    return 0;
  }

  private void print(Generator generator, List<String> texts, long first, boolean streams) {
    List<Prompt> read = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) read.add(prompt(texts.get(i), first + i));
    PrintWriter out = spec.commandLine().getOut();
    if (streams) {
      for (Prompt prompt : read) {
        generator.stream(
            prompt,
            piece -> {
              out.print(piece);
              out.flush();
            });
        out.println();
      }
      return;
    }
    List<List<Generator.Generated>> outputs = generator.generate(read, first, done -> {});
    for (int i = 0; i < read.size(); i++)
      for (String line : printed(texts.get(i), outputs.get(i))) Output.line(out, line);
  }

  private List<String> printed(String prompt, List<Generator.Generated> outputs) {
    if (!json) return outputs.stream().map(Generate::said).toList();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("prompt", prompt);
    line.put("outputs", outputs.stream().map(Generate::fields).toList());
    return List.of(Configs.toLine(line));
  }

  /** Its text, or its ids if the folder has no tokenizer. */
  private static String said(Generator.Generated one) {
    if (!one.text().isEmpty()) return one.text();
    return String.join(" ", IntStream.of(one.tokens()).mapToObj(Integer::toString).toList());
  }

  private static Map<String, Object> fields(Generator.Generated one) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("text", one.text());
    fields.put("tokens", IntStream.of(one.tokens()).boxed().toList());
    fields.put("logProbability", one.logProbability());
    fields.put("score", one.score());
    fields.put("finish", one.finish().name().toLowerCase(Locale.ROOT));
    return fields;
  }

  // ---- prompts ----------------------------------------------------------------------------------

  private Prompt prompt(String text, long number) {
    if (prompts.isEmpty() && text.startsWith("{")) return fromJson(text, number);
    return chat ? conversation(text) : new Prompt.Text(text);
  }

  private Prompt conversation(String said) {
    List<Message> messages = new ArrayList<>();
    system.ifPresent(text -> messages.add(new Message("system", text)));
    messages.add(new Message("user", said));
    return new Prompt.Chat(messages);
  }

  private Prompt fromJson(String line, long number) {
    JsonNode node;
    try {
      node = new ObjectMapper().readTree(line);
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s, line %d is no JSON: %s".formatted(Input.name(file), number, e.getOriginalMessage()),
          e);
    }
    if (node.path("prompt").isTextual()) {
      String text = node.get("prompt").asText();
      return chat ? conversation(text) : new Prompt.Text(text);
    }
    if (node.path("ids").isArray())
      return new Prompt.Ids(node.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray());
    if (node.path("messages").isArray())
      return new Prompt.Chat(
          node.get("messages")
              .valueStream()
              .map(m -> new Message(m.path("role").asText(), m.path("content").asText()))
              .toList());
    throw new UserError(
        "%s, line %d has neither prompt nor ids nor messages".formatted(Input.name(file), number));
  }
}
