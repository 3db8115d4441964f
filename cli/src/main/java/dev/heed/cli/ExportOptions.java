package dev.heed.cli;

import dev.heed.hub.Export;
import dev.heed.tensor.Dtype;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a model folder is written. */
final class ExportOptions {
  /** Element types, by the names of their files. */
  enum Numbers {
    F32(Dtype.FLOAT32),
    F16(Dtype.FLOAT16),
    BF16(Dtype.BFLOAT16);

    private final Dtype dtype;

    Numbers(Dtype dtype) {
      this.dtype = dtype;
    }
  }

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write.")
  Path out;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Element type of the weights: f32, f16 or bf16 (default: as it is).")
  private Optional<Numbers> dtype = Optional.empty();

  @Option(
      names = "--max-shard-size",
      defaultValue = "50GB",
      converter = Bytes.class,
      paramLabel = "SIZE",
      description =
          "Weights are split into files of at most so much, such as 5GB, 500MB or 2GiB (default:"
              + " ${DEFAULT-VALUE}).")
  private long shard;

  Export.Options options() {
    return new Export.Options(dtype.map(numbers -> numbers.dtype), shard);
  }

  /** A size as Hugging Face's library spells it. */
  static final class Bytes implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([KMGT]I?B)?");
    private static final Map<String, Integer> POWERS = Map.of("K", 1, "M", 2, "G", 3, "T", 4);

    @Override
    public Long convert(String text) {
      Matcher size = SIZE.matcher(text.toUpperCase(Locale.ROOT));
      if (!size.matches() || Long.parseLong(size.group(1)) == 0)
        throw new TypeConversionException("'" + text + "' is no size such as 5GB or 500MB");
      if (size.group(2) == null) return Long.parseLong(size.group(1));
      long unit = size.group(2).contains("I") ? 1024 : 1000;
      long bytes = Long.parseLong(size.group(1));
      for (int i = 0; i < POWERS.get(size.group(2).substring(0, 1)); i++)
        bytes = Math.multiplyExact(bytes, unit);
      return bytes;
    }
  }
}
