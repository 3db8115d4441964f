package dev.heed.recipe;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Randomness;
import dev.heed.text.Specials;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small models that write words, with random weights and a tokenizer. */
enum WriterFolder {
  T5("T5ForConditionalGeneration", "$A </s>") {
    @Override
    void sizes(ObjectNode config) {
      config.put("d_model", 32).put("d_kv", 16).put("d_ff", 64).put("num_layers", 1);
      config.put("num_heads", 2).put("dropout_rate", 0.0).put("tie_word_embeddings", false);
    }
  },
  BART("BartForConditionalGeneration", "<s> $A </s>") {
    @Override
    void sizes(ObjectNode config) {
      config.put("d_model", 32).put("encoder_layers", 1).put("decoder_layers", 1);
      config.put("encoder_attention_heads", 2).put("decoder_attention_heads", 2);
      config.put("encoder_ffn_dim", 64).put("decoder_ffn_dim", 64);
      config.put("max_position_embeddings", 24).put("dropout", 0.0);
    }
  },
  GPT2("GPT2LMHeadModel", "") {
    @Override
    void sizes(ObjectNode config) {
      config.put("n_embd", 32).put("n_layer", 1).put("n_head", 2).put("n_positions", 24);
      config.put("resid_pdrop", 0.0).put("embd_pdrop", 0.0).put("attn_pdrop", 0.0);
    }
  };

  private static final List<String> WORDS =
      List.of("the sun and a wind in rain or storm today is it warm wet outside : user assistant");

  private final String architecture;
  private final String template;

  WriterFolder(String architecture, String template) {
    this.architecture = architecture;
    this.template = template;
  }

  abstract void sizes(ObjectNode config);

  Tokenizer tokenizer() {
    var specials = new Specials(List.of("<pad>", "<s>", "</s>", "<unk>"), "<unk>", template);
    return Tokenizer.of(TokenizerTrainer.of("wordpiece", 75, 1, specials).train(WORDS));
  }

  /** Writes a folder. */
  Tokenizer write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Tokenizer tokenizer = tokenizer();
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("vocab_size", tokenizer.size()).put("pad_token_id", 0);
    config.put("bos_token_id", 1).put("eos_token_id", 2).put("decoder_start_token_id", 0);
    sizes(config);
    Randomness.seed(3);
    Checkpoint.create(architecture, config).save(folder);
    tokenizer.save(folder);
    Files.writeString(
        folder.resolve("generation_config.json"),
        """
        {"eos_token_id": 2, "pad_token_id": 0, "decoder_start_token_id": 0, "max_new_tokens": 6}
        """);
    return tokenizer;
  }
}
