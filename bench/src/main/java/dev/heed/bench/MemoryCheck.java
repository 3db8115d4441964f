package dev.heed.bench;

import dev.heed.config.UserError;
import dev.heed.data.DateCorpus;
import dev.heed.data.Pair;
import dev.heed.recipe.Recipe;
import dev.heed.task.Translator;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether training and translating hold on to memory: after the first tenth of the steps, and of
 * the translations, the process's resident memory may grow by less than 2 %. Exits with 1 if it
 * does not hold. The Java heap is fixed and touched beforehand, so that what grows is native:
 *
 * <pre>
 * mvn -B -q -DskipTests -pl bench -am package
 * MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=17179869184 \
 *   java -Xms512m -Xmx512m -XX:+AlwaysPreTouch -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
 *   -cp CLASSPATH dev.heed.bench.MemoryCheck FOLDER 2000
 * </pre>
 *
 * <p>Compiled code counts as resident, too; with Java's first compiler alone it is soon complete.
 * oneDNN compiles a product for each shape and keeps 1,024 of them, which takes longer than a tenth
 * of the steps: {@code ONEDNN_PRIMITIVE_CACHE_CAPACITY=128} in the environment leaves that out. A
 * leak shows as growth that goes on.
 */
public final class MemoryCheck {
  private static final String RECIPE =
      """
      data: {format: dates, train: 1000, valid: 50, maxLength: 64, batchTokens: 1024}
      text: {kind: characters, vocabulary: 70, minFrequency: 1, joint: true}
      model: {d: 64, ffn: 128, heads: 4, encoder: 2, decoder: 2, positions: 64}
      train: {validateEvery: 50, validatePairs: 10, saveEvery: 50, logEvery: 50, average: 2}
      decode: {beam: 4, maxLength: 16}
      """;
  private static final double MOST = 0.02;

  private final String what;
  private final int times;
  private int done;
  private long early;

  private MemoryCheck(String what, int times) {
    this.what = what;
    this.times = times;
  }

  /** {@code FOLDER} (new, for the run) and how many steps and translations. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    int times = Integer.parseInt(args[1]);
    Engine.threads(1);
    boolean held = training(folder, times);
    held &= translating(folder, times);
    System.exit(held ? 0 : 1);
  }

  private static boolean training(Path folder, int times) throws IOException {
    Path recipe = Files.writeString(Files.createTempFile("memory", ".yaml"), RECIPE);
    var check = new MemoryCheck("training steps", times);
    var journal =
        new Journal() {
          @Override
          public void start(TrainState state, TrainConfig config) {}

          @Override
          public void update(TrainState state, double loss, double nll, double lr, long tokens) {
            check.add();
          }

          @Override
          public void validation(TrainState state, Validator.Result result) {}
        };
    Recipe.read(recipe, List.of("train.steps=" + times))
        .run(folder, Device.CPU, said -> {})
        .train(journal, () -> false);
    return check.held();
  }

  private static boolean translating(Path folder, int times) {
    List<Pair> pairs = new ArrayList<>();
    new DateCorpus(7, 200, DateCorpus.Split.TEST).iterator().forEachRemaining(pairs::add);
    var check = new MemoryCheck("translations", times);
    try (Translator translator = Translator.load(folder, Device.CPU)) {
      for (int i = 0; i < times; i++) {
        translator.translate(List.of(pairs.get(i % pairs.size()).source()));
        check.add();
      }
    }
    return check.held();
  }

  private void add() {
    if (++done == times / 10) early = resident();
    if (done % Math.max(1, times / 10) == 0)
      System.out.printf("%s %d: %,d KiB%n", what, done, resident());
  }

  private boolean held() {
    double grown = (double) resident() / early - 1;
    System.out.printf("%s: resident memory grew by %.2f %%%n", what, 100 * grown);
    return grown < MOST;
  }

  /** VmRSS, in KiB. */
  private static long resident() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow(() -> new UserError("this check needs Linux"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
