package dev.heed.lab;

import dev.heed.config.AtomicFile;
import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A measurement of many rows, in a folder: {@code rows.jsonl}, to which each row is added when it
 * is measured, {@code study.json}, the set-up that all share, and what {@link #write} makes of
 * them. A study that was stopped, or killed, goes on with the rows that it lacks.
 */
public final class Study {
  private static final String ROWS = "rows.jsonl";

  private final Path out;
  private final Setup setup;

  /** Is told how far a study is. */
  public interface Progress {
    /**
     * Before each row, and when a row says what is going on.
     *
     * @param done rows that are there
     * @param all rows that there will be
     */
    void at(int done, int all, String what);

    /** After each row that was measured now. */
    void measured(Row row);
  }

  /**
   * @param out new, or that of a study to go on with
   */
  public Study(Path out, Setup setup) {
    this.out = out;
    this.setup = setup;
  }

  /** What a folder holds so far, of whatever trials. */
  static Collection<Row> rows(Path out) {
    return new Rows(out.resolve(ROWS)).all();
  }

  /**
   * Measures what the folder lacks. A trial that fails is a row, too: its line has to be taken out
   * of {@code rows.jsonl} for another attempt.
   *
   * @return the rows of these trials, in their order; fewer if it was stopped
   * @throws UserError if the folder is of another set-up, or can't be read or written
   */
  public List<Row> run(List<Trial> trials, Progress progress, BooleanSupplier stop) {
    setup.claim(out);
    Rows known = new Rows(out.resolve(ROWS));
    for (Trial trial : trials) {
      if (known.of(trial.key()).isPresent()) continue;
      if (stop.getAsBoolean()) break;
      int done = (int) trials.stream().filter(t -> known.of(t.key()).isPresent()).count();
      String name = Row.name(trial.key());
      progress.at(done, trials.size(), name);
      Optional<Row> row =
          measure(trial, said -> progress.at(done, trials.size(), name + ": " + said), stop);
      row.ifPresent(known::add);
      row.ifPresent(progress::measured);
    }
    List<Row> rows = new ArrayList<>();
    for (Trial trial : trials) known.of(trial.key()).ifPresent(rows::add);
    return rows;
  }

  /** Nothing if it was stopped, or failed when all was stopped: a child process may die of that. */
  private static Optional<Row> measure(Trial trial, Consumer<String> now, BooleanSupplier stop) {
    try {
      return trial.measurement().take(now, stop).map(figures -> Row.of(trial.key(), figures));
    } catch (RuntimeException | OutOfMemoryError e) {
      return stop.getAsBoolean()
          ? Optional.empty()
          : Optional.of(Row.failed(trial.key(), sentence(e)));
    }
  }

  private static String sentence(Throwable e) {
    String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return e instanceof UserError ? said : e.getClass().getSimpleName() + ": " + said;
  }

  /**
   * Writes {@code rows.csv}, the charts that have a point, as PNG, and {@code report.md} with all
   * of it.
   */
  public void write(List<Row> rows, Findings findings) {
    AtomicFile.write(out.resolve("rows.csv"), new Table(rows).csv());
    findings.charts().forEach((name, plot) -> plot.png(out.resolve(name + ".png")));
    AtomicFile.write(out.resolve("report.md"), findings.markdown(setup, rows));
  }
}
