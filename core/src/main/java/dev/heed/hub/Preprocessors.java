package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.data.ImagePreprocessor;
import dev.heed.data.ImagePreprocessor.Exactly;
import dev.heed.data.ImagePreprocessor.ShortestEdge;
import dev.heed.data.ImagePreprocessor.Target;
import dev.heed.data.LogMel;
import dev.heed.data.Resampling;
import dev.heed.data.SoundPreprocessor;
import dev.heed.data.Waveform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a model folder's {@code preprocessor_config.json} says of images and sound. */
public final class Preprocessors {
  static final String FILE = "preprocessor_config.json";

  private static final int BILINEAR = 2;
  private static final int BICUBIC = 3;

  private Preprocessors() {}

  /**
   * How images become pixels.
   *
   * @param channels that the model reads: 1 for gray, 3 for red, green and blue
   * @throws UserError if the file is missing or broken, or asks for something that Heed can't do
   */
  public static ImagePreprocessor images(Path folder, int channels) {
    JsonNode json = json(folder);
    boolean crops = json.path("do_center_crop").asBoolean(false);
    Optional<Exactly> crop = crops ? Optional.of(exactly(json.path("crop_size"), folder)) : none();
    return new ImagePreprocessor(
        json.path("do_resize").asBoolean(true)
            ? Optional.of(target(json.path("size"), crops, folder))
            : Optional.empty(),
        resampling(json.path("resample").asInt(BILINEAR), folder),
        crop,
        json.path("do_rescale").asBoolean(true)
            ? json.path("rescale_factor").asDouble(1 / 255.0)
            : 1,
        numbers(json, "image_mean", channels, 0, folder),
        numbers(json, "image_std", channels, 1, folder));
  }

  /**
   * Writes a folder's {@code preprocessor_config.json}, as {@link #images} and AutoImageProcessor
   * read it.
   */
  public static void save(Path folder, ImagePreprocessor images) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    boolean shorter = images.resize().filter(ShortestEdge.class::isInstance).isPresent();
    json.put(
        "image_processor_type",
        shorter || images.crop().isPresent() ? "CLIPImageProcessor" : "ViTImageProcessor");
    json.put("do_resize", images.resize().isPresent());
    images.resize().ifPresent(target -> write(json.putObject("size"), target));
    json.put("resample", images.resampling() == Resampling.BICUBIC ? BICUBIC : BILINEAR);
    json.put("do_center_crop", images.crop().isPresent());
    images.crop().ifPresent(size -> write(json.putObject("crop_size"), size));
    json.put("do_rescale", true).put("rescale_factor", images.scale());
    json.put("do_normalize", true);
    images.mean().forEach(json.putArray("image_mean")::add);
    images.deviation().forEach(json.putArray("image_std")::add);
    AtomicFile.write(folder.resolve(FILE), Configs.toJson(json));
  }

  private static void write(ObjectNode json, Target target) {
    if (target instanceof ShortestEdge edge) json.put("shortest_edge", edge.pixels());
    if (target instanceof Exactly size)
      json.put("height", size.height()).put("width", size.width());
  }

  /**
   * How sound becomes what a model listens to, as {@code feature_extractor_type} says.
   *
   * @throws UserError if the file is missing or broken, or names an extractor that isn't known
   */
  public static SoundPreprocessor sound(Path folder) {
    JsonNode json = json(folder);
    String type = json.path("feature_extractor_type").asText();
    return switch (type) {
      case "WhisperFeatureExtractor" -> logMel(folder);
      case "Wav2Vec2FeatureExtractor" ->
          new Waveform(
              json.path("sampling_rate").asInt(16_000),
              json.path("do_normalize").asBoolean(true),
              OptionalInt.empty());
      default ->
          throw new UserError(
              "%s: feature_extractor_type is \"%s\", where WhisperFeatureExtractor and Wav2Vec2FeatureExtractor are known"
                  .formatted(folder.resolve(FILE), type));
    };
  }

  /** Whether a folder says so. */
  public static boolean exist(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /**
   * How sound becomes Whisper's features.
   *
   * @throws UserError if the file is missing or broken
   */
  public static LogMel logMel(Path folder) {
    JsonNode json = json(folder);
    LogMel usual = LogMel.WHISPER;
    return new LogMel(
        json.path("feature_size").asInt(usual.bands()),
        json.path("sampling_rate").asInt(usual.rate()),
        json.path("hop_length").asInt(usual.hop()),
        json.path("chunk_length").asInt(usual.seconds()),
        json.path("n_fft").asInt(usual.window()));
  }

  /** The channels that a model reads, by its config.json. */
  public static int channels(JsonNode config) {
    JsonNode vision = config.path("vision_config");
    return (vision.isMissingNode() ? config : vision).path("num_channels").asInt(3);
  }

  private static Optional<Exactly> none() {
    return Optional.empty();
  }

  /** A number alone is a square's side, or the shorter side of what will be cut. */
  private static Target target(JsonNode size, boolean crops, Path folder) {
    if (size.path("shortest_edge").isInt() && !size.has("longest_edge"))
      return new ShortestEdge(size.path("shortest_edge").intValue());
    if (size.isInt() && crops) return new ShortestEdge(size.intValue());
    return exactly(size, folder);
  }

  private static Exactly exactly(JsonNode size, Path folder) {
    if (size.isInt()) return new Exactly(size.intValue(), size.intValue());
    if (size.path("height").isInt() && size.path("width").isInt())
      return new Exactly(size.path("height").intValue(), size.path("width").intValue());
    throw new UserError(
        "%s: a size is %s, where height and width, or shortest_edge, are known"
            .formatted(folder.resolve(FILE), size));
  }

  private static Resampling resampling(int code, Path folder) {
    return switch (code) {
      case BILINEAR -> Resampling.BILINEAR;
      case BICUBIC -> Resampling.BICUBIC;
      default ->
          throw new UserError(
              "%s: resample is %d, where 2 (bilinear) and 3 (bicubic) are known"
                  .formatted(folder.resolve(FILE), code));
    };
  }

  private static List<Double> numbers(
      JsonNode json, String key, int channels, double otherwise, Path folder) {
    JsonNode given = json.path(key);
    if (!json.path("do_normalize").asBoolean(true) || given.isMissingNode() || given.isNull())
      return Collections.nCopies(channels, otherwise);
    if (given.isNumber()) return Collections.nCopies(channels, given.doubleValue());
    List<Double> numbers = new ArrayList<>();
    given.forEach(number -> numbers.add(number.asDouble()));
    if (numbers.size() == channels) return List.copyOf(numbers);
    throw new UserError(
        "%s: %s has %d numbers, where the model reads images of %d channel(s)"
            .formatted(folder.resolve(FILE), key, numbers.size(), channels));
  }

  private static JsonNode json(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) throw new UserError(file + " is missing");
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
