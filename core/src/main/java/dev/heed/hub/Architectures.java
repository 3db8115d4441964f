package dev.heed.hub;

import dev.heed.config.UserError;
import dev.heed.model.Albert;
import dev.heed.model.Architecture;
import dev.heed.model.Bart;
import dev.heed.model.Bert;
import dev.heed.model.BigBird;
import dev.heed.model.Bloom;
import dev.heed.model.Clip;
import dev.heed.model.ConvBert;
import dev.heed.model.ConvSeq2Seq;
import dev.heed.model.DebertaV2;
import dev.heed.model.DistilBert;
import dev.heed.model.Electra;
import dev.heed.model.FNet;
import dev.heed.model.Funnel;
import dev.heed.model.Gemma;
import dev.heed.model.Gpt2;
import dev.heed.model.GptJ;
import dev.heed.model.GptNeoX;
import dev.heed.model.KeywordTransformer;
import dev.heed.model.Llama;
import dev.heed.model.Longformer;
import dev.heed.model.MBart;
import dev.heed.model.Mistral;
import dev.heed.model.Mixtral;
import dev.heed.model.Mpt;
import dev.heed.model.Nystromformer;
import dev.heed.model.Pvt;
import dev.heed.model.PvtV2;
import dev.heed.model.Qwen2;
import dev.heed.model.RecurrentSeq2Seq;
import dev.heed.model.Reformer;
import dev.heed.model.Roberta;
import dev.heed.model.Swin;
import dev.heed.model.Switch;
import dev.heed.model.T5;
import dev.heed.model.Transformer;
import dev.heed.model.Vit;
import dev.heed.model.Wav2Vec2Conformer;
import dev.heed.model.Whisper;
import dev.heed.model.Xlnet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The models that Heed reads and writes. */
public final class Architectures {
  private static final List<Architecture<?>> ALL =
      Stream.<List<? extends Architecture<?>>>of(
              Albert.ARCHITECTURES,
              Bart.ARCHITECTURES,
              Bert.ARCHITECTURES,
              BigBird.ARCHITECTURES,
              Bloom.ARCHITECTURES,
              Clip.ARCHITECTURES,
              ConvBert.ARCHITECTURES,
              ConvSeq2Seq.ARCHITECTURES,
              DebertaV2.ARCHITECTURES,
              DistilBert.ARCHITECTURES,
              Electra.ARCHITECTURES,
              FNet.ARCHITECTURES,
              Funnel.ARCHITECTURES,
              Gemma.ARCHITECTURES,
              Gpt2.ARCHITECTURES,
              GptJ.ARCHITECTURES,
              GptNeoX.ARCHITECTURES,
              KeywordTransformer.ARCHITECTURES,
              Llama.ARCHITECTURES,
              Longformer.ARCHITECTURES,
              MBart.ARCHITECTURES,
              Mistral.ARCHITECTURES,
              Mixtral.ARCHITECTURES,
              Mpt.ARCHITECTURES,
              Nystromformer.ARCHITECTURES,
              Pvt.ARCHITECTURES,
              PvtV2.ARCHITECTURES,
              Qwen2.ARCHITECTURES,
              RecurrentSeq2Seq.ARCHITECTURES,
              Reformer.ARCHITECTURES,
              Roberta.ARCHITECTURES,
              Swin.ARCHITECTURES,
              Switch.ARCHITECTURES,
              T5.ARCHITECTURES,
              Transformer.ARCHITECTURES,
              Vit.ARCHITECTURES,
              Wav2Vec2Conformer.ARCHITECTURES,
              Whisper.ARCHITECTURES,
              Xlnet.ARCHITECTURES)
          .<Architecture<?>>flatMap(List::stream)
          .toList();

  private Architectures() {}

  /**
   * @param name such as {@code BertForMaskedLM}
   * @throws UserError naming all that there are, if there is none of that name
   */
  public static Architecture<?> of(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new UserError(
                    "no architecture \"%s\": known are %s"
                        .formatted(
                            name,
                            ALL.stream()
                                .map(Architecture::name)
                                .collect(Collectors.joining(", ")))));
  }

  static Optional<Architecture<?>> find(String name) {
    return ALL.stream().filter(a -> a.name().equals(name)).findFirst();
  }

  /** The model without heads of a {@code model_type}, or the first there is. */
  static Optional<Architecture<?>> ofType(String type) {
    return ALL.stream().filter(a -> a.type().equals(type)).findFirst();
  }

  public static List<Architecture<?>> all() {
    return ALL;
  }
}
