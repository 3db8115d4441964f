package dev.heed.data;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.FormatStyle;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * How dates are written in seven languages. Every form can be read back without knowing its
 * language: purely numeric forms stand only with dots (day.month.year) or with the year in front
 * (ISO), others only beside a word that tells the language and with it the order.
 */
final class DateForms {
  /** Years that may be written with two digits: 1970 to 2069. */
  static final int FIRST_SHORT_YEAR = 1970;

  /** One way to write a date, possibly only in the years of the two-digit window. */
  record Form(Locale language, DateTimeFormatter formatter, boolean shortYear) {
    boolean fits(LocalDate date) {
      int offset = date.getYear() - FIRST_SHORT_YEAR;
      return !shortYear || (offset >= 0 && offset < 100);
    }

    String write(LocalDate date) {
      return formatter.format(date);
    }
  }

  static final List<Form> ALL = all();

  private DateForms() {}

  /** Patterns are {@link DateTimeFormatter}'s; {@code #} is the day as an ordinal number. */
  private static List<Form> all() {
    List<Form> forms = new ArrayList<>();
    add(
        forms,
        "en-US",
        DateForms::englishOrdinal,
        "MMM d, uuuu",
        "EEE, MMM d, uuuu",
        "d MMMM uuuu",
        "MMMM #, uuuu",
        "'the' # 'of' MMMM uuuu",
        "EEEE, # MMMM uuuu",
        "MMM d, ''uu",
        "EEEE M/d/uuuu",
        "uuuu-MM-dd");
    add(
        forms,
        "de-DE",
        day -> day + ".",
        "# MMM uuuu",
        "EEE, # MMM uuuu",
        "'den' # MMMM uuuu",
        "EEEE, 'der' # MMMM uuuu",
        "# MMMM uu",
        "dd.MM.uuuu",
        "d.M.uu",
        "EEEE, dd.MM.uuuu");
    add(
        forms,
        "fr-FR",
        day -> day == 1 ? "1er" : "" + day,
        "'le' # MMMM uuuu",
        "'le' EEEE # MMMM uuuu",
        "d MMM uuuu",
        "EEE d MMM uuuu",
        "# MMMM uu",
        "'le' dd/MM/uuuu",
        "EEEE dd/MM/uuuu");
    add(
        forms,
        "es-ES",
        day -> day == 1 ? "1.º" : "" + day,
        "'el' # 'de' MMMM 'de' uuuu",
        "d 'de' MMMM 'del' uuuu",
        "d MMM uuuu",
        "EEE, d MMM uuuu",
        "d 'de' MMMM 'de' uu",
        "'el' d/M/uuuu",
        "EEEE d/M/uuuu");
    add(
        forms,
        "it-IT",
        day -> day == 1 ? "1º" : "" + day,
        "'il' # MMMM uuuu",
        "EEEE # MMMM uuuu",
        "d MMM uuuu",
        "EEE d MMM uuuu",
        "d MMMM ''uu",
        "'il' dd/MM/uuuu",
        "EEEE d/M/uuuu");
    add(
        forms,
        "nl-NL",
        day -> day + "e",
        "d MMM uuuu",
        "EEE d MMM uuuu",
        "'op' d MMMM uuuu",
        "'de' # 'van' MMMM uuuu",
        "d MMMM ''uu",
        "'op' d-M-uuuu",
        "EEEE dd-MM-uuuu");
    add(
        forms,
        "pt-BR",
        day -> day == 1 ? "1º" : "" + day,
        "# 'de' MMMM 'de' uuuu",
        "'em' d 'de' MMMM 'de' uuuu",
        "d MMM uuuu",
        "EEE, d 'de' MMM 'de' uuuu",
        "d 'de' MMMM 'de' uu",
        "'em' dd/MM/uuuu",
        "EEEE, dd/MM/uuuu");
    return List.copyOf(forms);
  }

  private static void add(
      List<Form> forms, String language, LongFunction<String> ordinal, String... patterns) {
    Locale locale = Locale.forLanguageTag(language);
    for (FormatStyle style : List.of(FormatStyle.FULL, FormatStyle.LONG))
      forms.add(
          new Form(locale, DateTimeFormatter.ofLocalizedDate(style).withLocale(locale), false));
    Map<Long, String> ordinals =
        LongStream.rangeClosed(1, 31).boxed().collect(Collectors.toMap(d -> d, ordinal::apply));
    for (String pattern : patterns) {
      var builder = new DateTimeFormatterBuilder();
      int mark = pattern.indexOf('#');
      if (mark >= 0)
        builder
            .appendPattern(pattern.substring(0, mark))
            .appendText(ChronoField.DAY_OF_MONTH, ordinals);
      builder.appendPattern(pattern.substring(mark + 1));
      forms.add(new Form(locale, builder.toFormatter(locale), !pattern.contains("uuuu")));
    }
  }

  private static String englishOrdinal(long day) {
    if (day >= 11 && day <= 13) return day + "th";
    return day
        + switch ((int) (day % 10)) {
          case 1 -> "st";
          case 2 -> "nd";
          case 3 -> "rd";
          default -> "th";
        };
  }
}
