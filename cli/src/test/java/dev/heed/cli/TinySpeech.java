package dev.heed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** Folders of models of speech at 2000 samples a second, with random weights, and noise to hear. */
final class TinySpeech {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinySpeech() {}

  /** Tells 0.5 s of sound apart. */
  static Path keywords(Path folder) {
    ObjectNode config =
        JSON.createObjectNode()
            .put("d_model", 8)
            .put("num_layers", 1)
            .put("mlp_dim", 8)
            .put("sample_rate", 2000)
            .put("desired_samples", 1000)
            .put("window_size_samples", 60)
            .put("window_stride_samples", 20)
            .put("mel_num_bins", 10)
            .put("mel_upper_edge_hertz", 900)
            .put("dct_num_features", 5);
    config.putObject("id2label").put("0", "yes").put("1", "no").put("2", "stop");
    return save(folder, "KeywordTransformer", config, "");
  }

  static Path ctc(Path folder) {
    ObjectNode config =
        JSON.createObjectNode()
            .put("vocab_size", 5)
            .put("hidden_size", 8)
            .put("num_hidden_layers", 1)
            .put("num_attention_heads", 2)
            .put("intermediate_size", 8)
            .put("conv_depthwise_kernel_size", 3)
            .put("num_conv_pos_embeddings", 4)
            .put("num_conv_pos_embedding_groups", 2)
            .put("pad_token_id", 0);
    config.putArray("conv_dim").add(4);
    config.putArray("conv_stride").add(20);
    config.putArray("conv_kernel").add(40);
    save(
        folder,
        "Wav2Vec2ConformerForCTC",
        config,
        "{\"feature_extractor_type\": \"Wav2Vec2FeatureExtractor\", \"sampling_rate\": 2000}");
    return write(folder, "vocab.json", "{\"<pad>\": 0, \"|\": 1, \"a\": 2, \"b\": 3, \"c\": 4}");
  }

  static Path whisper(Path folder) {
    Tokenizer tokenizer =
        Tokenizer.of(TokenizerTrainer.of("bpe", 270, 1).train(List.of("a dog runs", "a cat")));
    ObjectNode config =
        JSON.createObjectNode()
            .put("vocab_size", tokenizer.size())
            .put("num_mel_bins", 8)
            .put("d_model", 8)
            .put("encoder_layers", 1)
            .put("encoder_attention_heads", 2)
            .put("encoder_ffn_dim", 8)
            .put("decoder_layers", 1)
            .put("decoder_attention_heads", 2)
            .put("decoder_ffn_dim", 8)
            .put("max_source_positions", 25)
            .put("max_target_positions", 12)
            .put("pad_token_id", 0)
            .put("eos_token_id", tokenizer.eos())
            .put("decoder_start_token_id", tokenizer.eos());
    save(
        folder,
        "WhisperForConditionalGeneration",
        config,
        """
        {"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 8,
         "sampling_rate": 2000, "hop_length": 40, "chunk_length": 1, "n_fft": 50}
        """);
    tokenizer.save(folder);
    write(folder, "generation_config.json", settings(tokenizer));
    return folder;
  }

  private static String settings(Tokenizer tokenizer) {
    int end = tokenizer.eos();
    return """
        {"decoder_start_token_id": %d, "eos_token_id": %d, "max_length": 12, "num_beams": 1,
         "lang_to_id": {"<|en|>": 70, "<|de|>": 71}, "task_to_id": {"transcribe": 72, "translate": 73}}
        """
        .formatted(end, end);
  }

  private static Path save(Path folder, String architecture, ObjectNode config, String sound) {
    Randomness.seed(3);
    try (Scope scope = Scope.open()) {
      Checkpoint.create(architecture, config).save(folder);
    }
    return sound.isEmpty() ? folder : write(folder, "preprocessor_config.json", sound);
  }

  private static Path write(Path folder, String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Noise of so many samples. */
  static Path wav(Path file, int samples, int rate) throws IOException {
    byte[] noise = new byte[2 * samples];
    new Random(samples).nextBytes(noise);
    var format = new AudioFormat(rate, 16, 1, true, false);
    try (var stream = new AudioInputStream(new ByteArrayInputStream(noise), format, samples)) {
      AudioSystem.write(stream, AudioFileFormat.Type.WAVE, file.toFile());
    }
    return file;
  }
}
