package dev.heed.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is written is read back to the same, whatever stands in it. */
class RoundTripTest {
  @Property(tries = 500)
  void yaml(@ForAll("samples") Sample sample) {
    String text = Configs.toYaml(sample);
    assertEquals(sample, Configs.parse(text, "a.yaml", Sample.DEFAULT, List.of()), text);
  }

  @Property(tries = 200)
  void json(@ForAll("samples") Sample sample) {
    String text = Configs.toJson(sample);
    assertEquals(sample, Configs.parse(text, "a.json", Sample.DEFAULT, List.of()), text);
  }

  @Provide
  Arbitrary<Sample> samples() {
    // Unpaired surrogates are not text that a UTF-8 file can hold.
    var odd =
        Arbitraries.of(
            "",
            " ",
            "1e-3",
            "007",
            "no",
            "Null",
            "~",
            "true",
            ".nan",
            "a: b",
            "a #b",
            "- a",
            "*a",
            "line\nline\n",
            "\n",
            " x\n",
            "tab\t",
            "é😀",
            "\"",
            "'",
            "\\",
            "[SEP]",
            "{",
            "\r\n",
            "\u0085",
            "\u2028",
            "\u0000",
            "Infinity",
            "<<",
            "=",
            "1_000",
            "0x1F",
            "12:30:00",
            "2020-01-01",
            "? a");
    var text =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(1, odd),
            net.jqwik.api.Tuple.of(
                1,
                Arbitraries.strings()
                    .ofMaxLength(120)
                    .filter(s -> s.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF))));
    Arbitrary<Object> value =
        Arbitraries.oneOf(
            text.map(s -> (Object) s),
            Arbitraries.integers().map(i -> (Object) i),
            Arbitraries.longs().greaterOrEqual(1L << 40).map(l -> (Object) l),
            Arbitraries.doubles().map(d -> (Object) d),
            Arbitraries.of(true, false).map(b -> (Object) b));
    var inner = Arbitraries.maps(text, value).ofMaxSize(2);
    Arbitrary<Object> free =
        Arbitraries.oneOf(
            value, value.list().ofMaxSize(3).map(l -> (Object) l), inner.map(m -> (Object) m));
    var model =
        Combinators.combine(
                Arbitraries.integers().between(1, 8),
                Arbitraries.integers().between(1, 8),
                Arbitraries.of(Sample.Norm.class),
                Arbitraries.integers().map(w -> new Kind("additive", Map.of("width", w))))
            .as((heads, width, norm, kind) -> new Sample.Model(heads * width, heads, norm, kind));
    var train =
        Combinators.combine(
                Arbitraries.integers(),
                Arbitraries.oneOf(
                    Arbitraries.doubles(),
                    Arbitraries.of(
                        Double.MIN_VALUE,
                        Double.MAX_VALUE,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY)),
                Arbitraries.floats(),
                Arbitraries.longs(),
                Arbitraries.of(true, false),
                Arbitraries.doubles().list().ofMaxSize(3),
                Arbitraries.integers())
            .as(Sample.Train::new);
    var stages =
        Combinators.combine(Arbitraries.integers(), text).as(Sample.Stage::new).list().ofMaxSize(2);
    return Combinators.combine(
            text,
            model,
            train,
            stages,
            Arbitraries.maps(text, Arbitraries.integers()).ofMaxSize(3),
            Arbitraries.maps(text, free).ofMaxSize(3),
            text.map(s -> JsonNodeFactory.instance.objectNode().put("a", s)))
        .as(Sample::new);
  }
}
