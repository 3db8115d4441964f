package dev.heed.data;

import dev.heed.config.UserError;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Dates as people write them in English, German, French, Spanish, Italian, Dutch and Portuguese,
 * with the ISO 8601 date as target: {@code le 3 mai 1998} → {@code 1998-05-03}. A small task that a
 * model can learn in full, made from the Java runtime's own locale data (Unicode CLDR).
 *
 * <p>Dates are uniform over 1900-01-01 to 2099-12-31, written in a form drawn at random, some in
 * lower or upper case. A year with two digits is one of 1970 to 2069. No two sources are alike. The
 * same seed gives the same pairs on every machine with the same Java version.
 */
public final class DateCorpus implements Corpus {
  private static final long FIRST_DAY = LocalDate.of(1900, 1, 1).toEpochDay();
  private static final int DAYS = (int) (LocalDate.of(2100, 1, 1).toEpochDay() - FIRST_DAY);

  /**
   * Well below the number of sources in the smallest split, so that drawing until a new one comes
   * is quick.
   */
  private static final int MOST = 200_000;

  /**
   * Which calendar dates a corpus draws from. The three share no date, whatever the seeds: a model
   * that is right on {@link #TEST} has never seen the date in any form.
   */
  public enum Split {
    /** Eight dates in ten. */
    TRAIN,
    /** One date in ten. */
    VALIDATION,
    /** One date in ten. */
    TEST;

    /** The split that a date is in. */
    public static Split of(LocalDate date) {
      return switch ((int) Math.floorMod(Seeds.mix(date.toEpochDay()), 10L)) {
        case 0 -> TEST;
        case 1 -> VALIDATION;
        default -> TRAIN;
      };
    }
  }

  private final Split split;
  private final List<Pair> pairs;

  /** Pairs to train on. */
  public DateCorpus(long seed, int count) {
    this(seed, count, Split.TRAIN);
  }

  /**
   * @param count pairs, 1 to 200,000
   * @throws UserError if the count is out of range
   */
  public DateCorpus(long seed, int count, Split split) {
    if (count < 1 || count > MOST)
      throw new UserError("%d dates asked for; ask for 1 to %d".formatted(count, MOST));
    this.split = split;
    Random random = Seeds.random(seed);
    Set<String> sources = new HashSet<>();
    List<Pair> drawn = new ArrayList<>(count);
    while (drawn.size() < count) {
      LocalDate date = LocalDate.ofEpochDay(FIRST_DAY + random.nextInt(DAYS));
      if (Split.of(date) != split) continue;
      String source = write(date, random);
      if (sources.add(source)) drawn.add(new Pair(source, date.toString()));
    }
    pairs = List.copyOf(drawn);
  }

  private static String write(LocalDate date, Random random) {
    DateForms.Form form;
    do form = DateForms.ALL.get(random.nextInt(DateForms.ALL.size()));
    while (!form.fits(date));
    String text = form.write(date);
    return switch (random.nextInt(10)) {
      case 0 -> text.toUpperCase(form.language());
      case 1, 2 -> text.toLowerCase(form.language());
      default -> text;
    };
  }

  @Override
  public String name() {
    return "dates";
  }

  @Override
  public String where(long number) {
    return "%s dates, pair %d".formatted(split.name().toLowerCase(Locale.ROOT), number);
  }

  @Override
  public Cursor<Pair> iterator() {
    return Cursor.of(pairs.iterator());
  }
}
