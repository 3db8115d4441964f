package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Hypothesis;
import dev.heed.decode.Search;
import dev.heed.decode.SpecialTokens;
import dev.heed.decode.SpeculativeSearch;
import dev.heed.decode.Start;
import dev.heed.model.CausalLm;
import dev.heed.model.Chain;
import dev.heed.model.Generation;
import dev.heed.model.LanguageModel;
import dev.heed.model.Seq2Seq;
import dev.heed.model.Stepper;
import dev.heed.task.Generator.Finish;
import dev.heed.task.Generator.Generated;
import dev.heed.task.Generator.Settings;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.ChatTemplate;
import dev.heed.text.TextStream;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * A model that goes on from prompts, on the calling thread.
 *
 * @param bos what an empty prompt begins with
 * @param positions the longest text in tokens, if there is a longest
 * @param draft for prompts one by one
 * @param chains what models know of the text that they read last
 */
public record Continuation(
    LanguageModel model,
    Optional<Tokenizer> tokenizer,
    Optional<ChatTemplate> chat,
    SpecialTokens special,
    OptionalInt bos,
    OptionalInt positions,
    Device device,
    Optional<Draft> draft,
    Chains chains) {
  /** A small model that proposes {@code ahead} tokens at a time. */
  public record Draft(CausalLm model, int ahead) {}

  /** A prompt read. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(int place, long number, int[] ids) {}

  /** As {@link Generator#generate}. */
  public List<List<Generated>> generate(
      List<Prompt> prompts, Settings settings, long first, IntConsumer done) {
    List<Row> rows = new ArrayList<>();
    List<List<Generated>> results = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      rows.add(new Row(i, first + i, ids(prompts.get(i), first + i, settings)));
      results.add(List.of());
    }
    rows.sort(Comparator.comparingInt((Row row) -> row.ids.length).reversed());
    for (int from = 0; from < rows.size(); from += settings.rows()) {
      List<Row> batch = rows.subList(from, Math.min(from + settings.rows(), rows.size()));
      List<Stops> stops =
          batch.stream().map(row -> stops(row, settings, Optional.empty())).toList();
      List<List<Hypothesis>> found = search(batch, settings, stops);
      for (int i = 0; i < batch.size(); i++) {
        int[] ids = said(batch.get(i).ids);
        Stops stop = stops.get(i);
        results.set(
            batch.get(i).place,
            found.get(i).stream().map(one -> generated(one, ids, stop)).toList());
      }
      done.accept(batch.size());
    }
    return results;
  }

  /** As {@link Generator#stream}. */
  Generated stream(Prompt prompt, Settings settings, Consumer<String> pieces) {
    Row row = new Row(0, 1, ids(prompt, 1, settings));
    Stops stops = stops(row, settings, Optional.of(pieces));
    Hypothesis found = search(List.of(row), settings, List.of(stops)).get(0).get(0);
    stops.end();
    return generated(found, said(row.ids), stops);
  }

  private Generated generated(Hypothesis found, int[] said, Stops stops) {
    String text = tokenizer.map(known -> TextStream.text(known, said, found.tokens())).orElse("");
    OptionalInt stop = stops.find(text);
    return new Generated(
        stop.isPresent() ? text.substring(0, stop.getAsInt()) : text,
        found.tokens(),
        found.logProbability(),
        found.score(),
        stop.isPresent() || found.end().isPresent() ? Finish.STOP : Finish.LENGTH);
  }

  private Stops stops(Row row, Settings settings, Optional<Consumer<String>> pieces) {
    if (!settings.stop().isEmpty() && tokenizer.isEmpty())
      throw new UserError("stop strings need a tokenizer: put a tokenizer.json into the folder");
    boolean byToken = settings.decode().beam() == 1;
    return new Stops(tokenizer, said(row.ids), settings.stop(), byToken, pieces);
  }

  /** The ids before the first generated one, on the side that generates. */
  private int[] said(int[] ids) {
    return model instanceof CausalLm ? ids : new int[0];
  }

  // ---- prompts ----------------------------------------------------------------------------------

  private int[] ids(Prompt prompt, long number, Settings settings) {
    int[] ids =
        prompt instanceof Prompt.Ids given
            ? checked(given.ids(), number)
            : prompt instanceof Prompt.Text text
                ? known().encode(text.text())
                : chat(((Prompt.Chat) prompt).messages(), number);
    if (ids.length == 0 && bos.isPresent()) ids = new int[] {bos.getAsInt()};
    if (ids.length == 0)
      throw new UserError("prompt %d has no tokens: give some text".formatted(number));
    return model instanceof CausalLm ? fitting(ids, number, settings) : ids;
  }

  private int[] checked(int[] ids, long number) {
    long vocabulary = model.outputWeight().size(0);
    for (int id : ids)
      if (id < 0 || id >= vocabulary)
        throw new UserError(
            "prompt %d has the id %d, and the model knows those from 0 to %d"
                .formatted(number, id, vocabulary - 1));
    return ids;
  }

  private int[] chat(List<ChatTemplate.Message> messages, long number) {
    ChatTemplate template =
        chat.orElseThrow(
            () ->
                new UserError(
                    "the model has no chat template: give it a chat_template.jinja, or a text"
                        + " instead of messages"));
    try {
      return known().withoutSpecials().encode(template.render(messages));
    } catch (UserError e) {
      throw new UserError("prompt %d: %s".formatted(number, e.getMessage()), e);
    }
  }

  private Tokenizer known() {
    return tokenizer.orElseThrow(
        () ->
            new UserError(
                "the model folder has no tokenizer.json: put one there, or give token ids"));
  }

  /** A prompt that leaves room for one token at least. */
  private int[] fitting(int[] ids, long number, Settings settings) {
    int most = positions.orElse(Integer.MAX_VALUE);
    if (settings.countsPrompt()) most = Math.min(most, settings.decode().maxLength());
    int room = Math.max(1, most - 1);
    if (ids.length <= room) return ids;
    if (settings.truncate()) return Arrays.copyOfRange(ids, ids.length - room, ids.length);
    throw new UserError(
        "prompt %d has %d tokens, and at most %d leave room for one more: shorten it, or allow its"
                .formatted(number, ids.length, room)
            + " beginning to be cut off");
  }

  // ---- search -----------------------------------------------------------------------------------

  private List<List<Hypothesis>> search(List<Row> rows, Settings settings, List<Stops> stops) {
    List<Start> starts = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      int[] ids = rows.get(i).ids;
      int[] said = model instanceof CausalLm ? ids : new int[] {special.bos()};
      starts.add(
          new Start(
              said,
              most(said.length, settings),
              seed(settings.decode().sampling().seed(), rows.get(i).number),
              stops.get(i)));
    }
    if (draft.isPresent()) return drafted(draft.get(), starts, settings);
    if (rows.size() == 1 && settings.decode().width() == 1 && model instanceof CausalLm causal)
      return alone(causal, starts, settings.decode());
    int most = starts.stream().mapToInt(Start::maxLength).max().orElseThrow();
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on();
        Generation generation =
            generation(rows.stream().map(Row::ids).toList(), settings.decode().width(), most)) {
      return Search.search(generation, special, starts, settings.decode());
    }
  }

  /** One output for one prompt, of which what the last text began with isn't read again. */
  private List<List<Hypothesis>> alone(CausalLm causal, List<Start> starts, DecodeConfig decode) {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Stepper steps = chains.of(causal, device).after(starts.get(0).context());
      return Search.search(steps, special, starts, decode);
    }
  }

  private List<List<Hypothesis>> drafted(Draft small, List<Start> starts, Settings settings) {
    if (settings.decode().width() != 1 || !(model instanceof CausalLm large))
      throw new UserError(
          "a draft model helps a decoder to one output: take a beam of 1 and one output");
    List<List<Hypothesis>> found = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Chain target = chains.of(large, device);
      Chain draft = chains.of(small.model(), device);
      for (Start start : starts) {
        var search =
            new SpeculativeSearch(target, draft, small.ahead(), special, start, settings.decode());
        found.add(List.of(search.search()));
      }
    }
    return found;
  }

  /** The same with a draft model, which must know the same tokens. */
  Continuation with(Draft draft) {
    long own = model.outputWeight().size(0);
    long other = draft.model().outputWeight().size(0);
    if (own != other)
      throw new UserError(
          "the draft model knows %d tokens and the model %d: they must share a tokenizer"
              .formatted(other, own));
    if (draft.ahead() < 1)
      throw new UserError("a draft must be at least 1 token long, not " + draft.ahead());
    return new Continuation(
        model, tokenizer, chat, special, bos, positions, device, Optional.of(draft), chains);
  }

  private int most(int said, Settings settings) {
    int most = settings.decode().maxLength() - (settings.countsPrompt() ? said : 0);
    return Math.max(1, Math.min(most, positions.orElse(Integer.MAX_VALUE) - said));
  }

  /** Another for every prompt; the golden ratio spreads neighbours. */
  private static long seed(long seed, long number) {
    return seed + number * 0x9E3779B97F4A7C15L;
  }

  /** Prompts are padded on the left, sources on the right. */
  private Generation generation(List<int[]> rows, int beams, int most) {
    int longest = rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    boolean left = model instanceof CausalLm;
    int[] padded = new int[rows.size() * longest];
    boolean[] real = new boolean[padded.length];
    int[] pads = rows.stream().mapToInt(row -> longest - row.length).toArray();
    for (int i = 0; i < pads.length; i++) {
      int from = i * longest + (left ? pads[i] : 0);
      System.arraycopy(rows.get(i), 0, padded, from, rows.get(i).length);
      Arrays.fill(real, from, from + rows.get(i).length, true);
    }
    Tensor ids = Tensor.of(padded, rows.size(), longest).to(device); // (R, P)
    if (model instanceof CausalLm causal) return Generation.of(causal, ids, pads, beams, most);
    Optional<Tensor> mask =
        IntStream.of(pads).allMatch(pad -> pad == 0)
            ? Optional.empty()
            : Optional.of(Tensor.of(real, rows.size(), longest).to(device));
    return Generation.of((Seq2Seq) model, ids, mask, beams, most);
  }
}
