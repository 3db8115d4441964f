package dev.heed.model;

import dev.heed.config.Key;
import dev.heed.model.Transformer.Config;
import dev.heed.model.Transformer.Tie;
import dev.heed.nn.Activation;
import dev.heed.nn.Placement;
import dev.heed.nn.Sizes;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A {@link Transformer} as config.json tells it: with its vocabulary, and its ties as Hugging Face
 * has them.
 *
 * <p>Post-norm is Marian's architecture and pre-norm Pegasus's, weight for weight; what neither can
 * hold (additive attention, rotary positions, experts, untied pre-norm) has the same layout as
 * {@code HeedTransformer}.
 *
 * @param model whose tie is what {@code shared} and {@code tied} say
 * @param start what the decoder begins with
 * @param scaled whether embeddings are multiplied by √D
 */
public record StoredTransformer(
    Config model,
    @Key("vocab_size") int source,
    @Key("decoder_vocab_size") OptionalInt target,
    @Key("pad_token_id") int pad,
    @Key("decoder_start_token_id") int start,
    @Key("bos_token_id") OptionalInt bos,
    @Key("eos_token_id") int eos,
    @Key("forced_eos_token_id") OptionalInt forcedEos,
    @Key("share_encoder_decoder_embeddings") boolean shared,
    @Key("tie_word_embeddings") boolean tied,
    @Key("scale_embedding") boolean scaled,
    @Key("decoder_attention_heads") OptionalInt decoderHeads,
    @Key("decoder_ffn_dim") OptionalInt decoderFfn,
    @Key("decoder_layerdrop") OptionalDouble decoderLayerDrop) {

  public StoredTransformer {
    Sizes.positive("vocab_size", source);
    alike("attention_heads", model.heads(), decoderHeads);
    alike("ffn_dim", model.ffn(), decoderFfn);
    if (shared && !tied)
      throw new IllegalArgumentException(
          "tie_word_embeddings is false and share_encoder_decoder_embeddings true; this reads"
              + " models that share both, none, or the decoder's with the output");
    if (decoderLayerDrop.orElse(model.layerDrop()) != model.layerDrop())
      throw new IllegalArgumentException(
          "encoder_layerdrop (%s) and decoder_layerdrop (%s) differ; this reads models that drop layers alike"
              .formatted(model.layerDrop(), decoderLayerDrop.getAsDouble()));
    model = model.withTie(shared ? Tie.ALL : tied ? Tie.TARGET : Tie.NONE);
    new Vocabulary(source, target.orElse(source), pad, start, eos); // which checks the ids
  }

  private static void alike(String what, int encoder, OptionalInt decoder) {
    if (decoder.orElse(encoder) != encoder)
      throw new IllegalArgumentException(
          "encoder_%s (%d) and decoder_%s (%d) differ; this reads models whose layers are alike"
              .formatted(what, encoder, what, decoder.getAsInt()));
  }

  static StoredTransformer of(Config c, Vocabulary v) {
    return new StoredTransformer(
        c,
        v.source(),
        OptionalInt.of(v.target()),
        v.pad(),
        v.bos(),
        OptionalInt.of(v.bos()),
        v.eos(),
        OptionalInt.of(v.eos()),
        c.tie() == Tie.ALL,
        c.tie() != Tie.NONE,
        true,
        OptionalInt.of(c.heads()),
        OptionalInt.of(c.ffn()),
        OptionalDouble.of(c.layerDrop()));
  }

  Vocabulary vocabulary() {
    return new Vocabulary(source, target.orElse(source), pad, start, eos);
  }

  /** Hugging Face's class that computes the same, or else Heed's own. */
  String architecture() {
    if (!model.isDotProduct() || !model.isDense() || !model.isPublished()) return HEED;
    if (model.placement() == Placement.POST) return MARIAN;
    return model.placement() == Placement.PRE && model.tie() == Tie.ALL ? PEGASUS : HEED;
  }

  /** Whether files have the sinusoids, for each stack. */
  boolean hasPositions() {
    return architecture().equals(PEGASUS);
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String MARIAN = "MarianMTModel";
  private static final String PEGASUS = "PegasusForConditionalGeneration";
  private static final String HEED = "HeedTransformer";

  private static final String STACK =
      """
      STACK.*.self.qkv.*          = model.STACK.layers.*.self_attn.{q,k,v}_proj.*
      STACK.*.self.heads.out.*    = model.STACK.layers.*.self_attn.out_proj.*
      STACK.*.self.**             = model.STACK.layers.*.self_attn.**
      STACK.*.residuals.self.norm.*  = model.STACK.layers.*.self_attn_layer_norm.*
      STACK.*.residuals.self.after.* = model.STACK.layers.*.self_attn_output_layer_norm.*
      STACK.*.ffn.in.*            = model.STACK.layers.*.fc1.*
      STACK.*.ffn.out.*           = model.STACK.layers.*.fc2.*
      STACK.*.ffn.**              = model.STACK.layers.*.ffn.**
      STACK.*.residuals.ffn.norm.*   = model.STACK.layers.*.final_layer_norm.*
      STACK.*.residuals.ffn.after.*  = model.STACK.layers.*.final_output_layer_norm.*
      STACK.*.residuals.norm.*       = model.STACK.layers.*.layer_norm.*
      STACK.norm.*                = model.STACK.layer_norm.*
      STACK.position.*            = model.STACK.position.*
      STACK.positions             = model.STACK.embed_positions.weight ?
      -                           = model.STACK.embed_positions.weight
      """;
  private static final String LAYERS =
      STACK.replace("STACK", "encoder")
          + STACK.replace("STACK", "decoder")
          + """
          decoder.*.cross.q.*            = model.decoder.layers.*.encoder_attn.q_proj.*
          decoder.*.cross.kv.*           = model.decoder.layers.*.encoder_attn.{k,v}_proj.*
          decoder.*.cross.heads.out.*    = model.decoder.layers.*.encoder_attn.out_proj.*
          decoder.*.cross.heads.kernel.** = model.decoder.layers.*.encoder_attn.kernel.**
          decoder.*.residuals.cross.norm.*  = model.decoder.layers.*.encoder_attn_layer_norm.*
          decoder.*.residuals.cross.after.* = model.decoder.layers.*.encoder_attn_output_layer_norm.*
          outputBias                     = final_logits_bias ?
          """;
  private static final String SHARED =
      LAYERS
          + """
          source.weight = model.shared.weight
          -             = model.encoder.embed_tokens.weight
          -             = model.decoder.embed_tokens.weight
          -             = lm_head.weight
          """;
  private static final String SEPARATE =
      LAYERS
          + """
          source.weight = model.encoder.embed_tokens.weight
          target.weight = model.decoder.embed_tokens.weight
          output.weight = lm_head.weight
          """;

  /** The table: the embeddings' names tell what shares them. */
  String table() {
    return model.tie() == Tie.ALL ? SHARED : SEPARATE;
  }

  static List<Architecture<StoredTransformer>> architectures(
      Architecture.Factory<StoredTransformer> factory) {
    StoredTransformer base = defaults(Config.BASE, 37_000, 0, 1, 2, true);
    return List.of(
        new Architecture<>(
            MARIAN,
            "marian",
            "",
            large(Placement.POST, 58101, 58100, 58100, 0),
            only(MARIAN, factory),
            SHARED),
        new Architecture<>(
            PEGASUS,
            "pegasus",
            "",
            large(Placement.PRE, 50265, 0, 0, 1),
            only(PEGASUS, factory),
            SHARED),
        new Architecture<>(HEED, "heed-transformer", "", base, factory, SHARED));
  }

  private static Architecture.Factory<StoredTransformer> only(
      String name, Architecture.Factory<StoredTransformer> factory) {
    return (stored, labels) -> {
      if (stored.architecture().equals(name)) return factory.create(stored, labels);
      throw new IllegalArgumentException(
          "placement %s, norm %s, position %s, attention %s, feedForward %s and tie %s make no %s but a %s"
              .formatted(
                  stored.model().placement(),
                  stored.model().norm(),
                  stored.model().position(),
                  stored.model().attention(),
                  stored.model().feedForward(),
                  stored.model().tie(),
                  name,
                  stored.architecture()));
    };
  }

  /** The defaults of Hugging Face's classes. */
  private static StoredTransformer large(
      Placement placement, int vocabulary, int pad, int start, int eos) {
    Config model =
        new Config(
            1024,
            4096,
            Config.BASE.feedForward(),
            Config.BASE.decoderFeedForward(),
            16,
            12,
            12,
            0.1,
            OptionalDouble.empty(),
            0,
            0,
            0,
            0,
            Activation.GELU,
            Config.BASE.norm(),
            placement,
            Config.BASE.position(),
            Config.BASE.attention(),
            Config.BASE.decoderAttention(),
            Config.BASE.crossAttention(),
            Tie.ALL,
            1024);
    return defaults(model, vocabulary, pad, start, eos, false);
  }

  private static StoredTransformer defaults(
      Config model, int vocabulary, int pad, int start, int eos, boolean scaled) {
    OptionalInt alike = OptionalInt.empty();
    return new StoredTransformer(
        model,
        vocabulary,
        alike,
        pad,
        start,
        OptionalInt.empty(),
        eos,
        OptionalInt.of(eos),
        true,
        true,
        scaled,
        alike,
        alike,
        OptionalDouble.empty());
  }
}
