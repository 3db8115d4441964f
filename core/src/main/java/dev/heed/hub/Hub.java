package dev.heed.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.hub.HubClient.FileInfo;
import dev.heed.hub.HubClient.Unreachable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Models of the Hugging Face hub, by name. They are kept in the cache of huggingface_hub, which
 * finds what is loaded here as Heed finds what was loaded there.
 */
public final class Hub {
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private static final String ADAPTER = "adapter_model.safetensors";

  /** What is wanted besides the weights, where a model has it. */
  static final Set<String> SMALL =
      Set.of(
          "config.json",
          "generation_config.json",
          "preprocessor_config.json",
          "processor_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "vocab.json",
          "vocab.txt",
          "merges.txt",
          "source.spm",
          "target.spm",
          "spiece.model",
          "tokenizer.model",
          "sentencepiece.bpe.model",
          "adapter_config.json",
          "source.tokenizer.json",
          "target.tokenizer.json",
          "decode.json",
          "modules.json",
          "1_Pooling/config.json",
          "sentence_bert_config.json",
          "config_sentence_transformers.json");

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How far a model is loaded.
   *
   * @param file the one that is being loaded
   * @param done bytes of all files that are there
   * @param total bytes of all files
   * @param bytesPerSecond since loading began
   */
  public record Progress(String file, long done, long total, double bytesPerSecond) {
    /** Infinite until there is a rate. */
    public double secondsLeft() {
      return (total - done) / bytesPerSecond;
    }
  }

  private final HubSettings settings;
  private final Consumer<Progress> progress;
  private final Duration pause;
  private final Duration patience;

  public Hub(HubSettings settings, Consumer<Progress> progress) {
    this(settings, progress, Duration.ofSeconds(1), HubClient.PATIENCE);
  }

  /**
   * @param pause before a request is repeated
   * @param patience how long each part of an answer is waited for
   */
  Hub(HubSettings settings, Consumer<Progress> progress, Duration pause, Duration patience) {
    this.patience = patience;
    this.settings = settings;
    this.progress = progress;
    this.pause = pause;
  }

  /**
   * The folder of a model's files, loading those that the cache lacks. Where the hub can't be
   * reached, it is what the cache has of the revision.
   *
   * @throws UserError if there is no such model, it may not be read, it has no safetensors, or it
   *     can't be loaded whole; the cache is as good as before, and half a file is gone on with
   */
  public Path folder(ModelName model) {
    return folder(model, true);
  }

  /** As {@link #folder}, without weights. */
  public Path tokenizer(ModelName model) {
    return folder(model, false);
  }

  private Path folder(ModelName model, boolean weights) {
    HubCache cache = new HubCache(settings.cache(), model);
    if (settings.offline())
      return cached(
          cache, model, weights, "HF_HUB_OFFLINE is set", "unset it once to load the model");
    HubClient client = new HubClient(settings, model, pause, patience);
    try {
      return load(client, cache, model, weights);
    } catch (Unreachable e) {
      return cached(cache, model, weights, e.getMessage(), "try again when it can be reached");
    } catch (IOException e) {
      throw FileErrors.unwritable(cache.snapshot(""), e);
    }
  }

  private Path load(HubClient client, HubCache cache, ModelName model, boolean weights)
      throws Unreachable, IOException {
    JsonNode description = json(client.describe(), settings.endpoint() + " on " + model);
    String commit = description.path("sha").asText();
    if (!commit.matches("[0-9a-f]{40}"))
      throw new UserError(
          "%s doesn't describe %s as the hub does: check HF_ENDPOINT"
              .formatted(settings.endpoint(), model));
    Set<String> files = new TreeSet<>();
    description.path("siblings").forEach(file -> files.add(file.path("rfilename").asText()));

    List<String> wanted = new ArrayList<>(files.stream().filter(SMALL::contains).toList());
    boolean sharded = weights && !files.contains(WEIGHTS) && files.contains(INDEX);
    if (weights && files.contains(ADAPTER)) wanted.add(ADAPTER);
    if (sharded) wanted.add(INDEX);
    else if (weights && files.contains(WEIGHTS)) wanted.add(WEIGHTS);
    else if (weights && !files.contains(ADAPTER))
      throw new UserError(
          "%s has no %s, and Heed reads no other weights: choose a revision that has them, as in %s@refs/pr/1"
              .formatted(model, WEIGHTS, model.repo()));
    fetch(client, cache, commit, wanted);
    Path folder = cache.snapshot(commit);
    if (sharded) {
      List<String> shards = shards(folder.resolve(INDEX));
      for (String shard : shards)
        if (!files.contains(shard))
          throw new UserError("%s lacks %s, which its %s names".formatted(model, shard, INDEX));
      fetch(client, cache, commit, shards);
    }
    cache.commit(model.revision(), commit); // last, so that a name stands for what is whole
    return folder;
  }

  /** Loads those of the files that the snapshot lacks. */
  private void fetch(HubClient client, HubCache cache, String commit, List<String> files)
      throws Unreachable, IOException {
    Map<String, FileInfo> lacking = new LinkedHashMap<>();
    for (String file : files)
      if (!Files.exists(cache.snapshot(commit).resolve(file)))
        lacking.put(file, client.info(commit, file));
    long total = lacking.values().stream().mapToLong(info -> Math.max(0, info.size())).sum();
    long[] done = {0};
    long began = System.nanoTime();
    for (Map.Entry<String, FileInfo> entry : lacking.entrySet()) {
      String file = entry.getKey();
      FileInfo info = entry.getValue();
      cache.alone(
          info.etag(),
          () ->
              new HubDownload(
                      client,
                      cache,
                      commit,
                      file,
                      info,
                      pause,
                      bytes -> {
                        done[0] += bytes;
                        double seconds = (System.nanoTime() - began) / 1e9;
                        progress.accept(new Progress(file, done[0], total, done[0] / seconds));
                      })
                  .run());
      cache.place(info.etag(), commit, file);
    }
  }

  private static Path cached(
      HubCache cache, ModelName model, boolean weights, String why, String remedy) {
    Path folder =
        cache
            .commit(model.revision())
            .map(cache::snapshot)
            .filter(Files::isDirectory)
            .orElseThrow(
                () ->
                    new UserError("%s, and the cache has no %s: %s".formatted(why, model, remedy)));
    if (!weights) return folder;
    List<String> needed = new ArrayList<>();
    boolean adapter = Files.exists(folder.resolve(ADAPTER));
    boolean sharded = !Files.exists(folder.resolve(WEIGHTS)) && Files.exists(folder.resolve(INDEX));
    needed.add(adapter ? "adapter_config.json" : "config.json");
    if (sharded) needed.addAll(shards(folder.resolve(INDEX)));
    else if (!adapter) needed.add(WEIGHTS);
    for (String file : needed)
      if (!Files.exists(folder.resolve(file)))
        throw new UserError(
            "%s, and the cache has no %s of %s: %s".formatted(why, file, model, remedy));
    return folder;
  }

  /** The files that hold the weights, by the index beside them. */
  private static List<String> shards(Path index) {
    try {
      Set<String> shards = new TreeSet<>();
      json(Files.readString(index), index.toString())
          .path("weight_map")
          .forEach(shard -> shards.add(shard.asText()));
      for (String shard : shards)
        if (!shard.matches("\\w[\\w.-]*"))
          throw new UserError("%s: \"%s\" is no name of a file beside it".formatted(index, shard));
      if (shards.isEmpty()) throw new UserError(index + " names no weights");
      return List.copyOf(shards);
    } catch (IOException e) {
      throw FileErrors.unreadable(index, e);
    }
  }

  private static JsonNode json(String text, String where) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UserError("%s: this is not JSON: %s".formatted(where, e.getOriginalMessage()), e);
    }
  }
}
