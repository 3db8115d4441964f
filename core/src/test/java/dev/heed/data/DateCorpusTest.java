package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DateCorpusTest {
  @Test
  void writesAsPeopleDo() {
    Set<String> written = new HashSet<>();
    for (LocalDate date : List.of(LocalDate.of(1998, 5, 3), LocalDate.of(2011, 12, 1)))
      for (var form : DateForms.ALL) written.add(form.write(date));
    for (String expected :
        List.of(
            "Sunday, May 3, 1998",
            "the 3rd of May 1998",
            "May 3, '98",
            "Sunday 5/3/1998",
            "3. Mai 98",
            "Sonntag, der 3. Mai 1998",
            "3.5.98",
            "03.05.1998",
            "le 3 mai 1998",
            "le 1er décembre 2011",
            "le 03/05/1998",
            "domingo, 3 de mayo de 1998",
            "el 3/5/1998",
            "domenica 3 maggio 1998",
            "il 1º dicembre 2011",
            "zondag 3 mei 1998",
            "op 3-5-1998",
            "1º de dezembro de 2011",
            "3 de maio de 98",
            "1998-05-03")) assertTrue(written.contains(expected), expected + " not in " + written);
  }

  @Test
  void noTextMeansTwoDates() {
    Map<String, LocalDate> meaning = new HashMap<>();
    // Around both turns of a century, where two-digit years could be mistaken for days or years.
    for (int year : List.of(1901, 1912, 1931, 1969, 1970, 1999, 2000, 2001, 2012, 2031, 2069, 2070))
      for (int day = 1; day <= 365; day++) {
        LocalDate date = LocalDate.ofYearDay(year, day);
        for (var form : DateForms.ALL) {
          if (!form.fits(date)) continue;
          String text = form.write(date);
          for (String variant :
              List.of(text, text.toLowerCase(form.language()), text.toUpperCase(form.language()))) {
            LocalDate other = meaning.putIfAbsent(variant, date);
            assertTrue(other == null || other.equals(date), variant + ": " + other + ", " + date);
          }
        }
      }
    assertTrue(meaning.size() > 100_000);
  }

  @Test
  void bareNumbersAreDottedOrIso() {
    LocalDate date = LocalDate.of(1998, 5, 3);
    for (var form : DateForms.ALL) {
      String text = form.write(date);
      if (text.codePoints().noneMatch(Character::isLetter))
        assertTrue(text.matches("\\d+\\.\\d+\\.\\d+|\\d{4}-\\d\\d-\\d\\d"), text);
    }
  }

  @Test
  void sevenLanguagesTwoCenturiesAndAllCases() {
    List<Pair> pairs = list(new DateCorpus(1, 20_000));
    Set<String> languages =
        DateForms.ALL.stream().map(f -> f.language().getLanguage()).collect(Collectors.toSet());
    assertEquals(Set.of("en", "de", "fr", "es", "it", "nl", "pt"), languages);
    for (String word :
        List.of("March", "März", "mars", "marzo", "maart", "março", "MÄRZ", "maggio", "december"))
      assertTrue(pairs.stream().anyMatch(p -> p.source().contains(word)), word);
    Map<Integer, Long> byDecade =
        pairs.stream()
            .map(p -> LocalDate.parse(p.target()).getYear() / 10)
            .collect(Collectors.groupingBy(d -> d, Collectors.counting()));
    assertEquals(20, byDecade.size());
    byDecade.forEach((decade, n) -> assertTrue(n > 850 && n < 1150, decade + "x: " + n));
    assertEquals(20_000, pairs.stream().map(Pair::source).distinct().count());
  }

  @Test
  void splitsShareNoDateWhateverTheSeeds() {
    Map<DateCorpus.Split, Set<String>> dates = new EnumMap<>(DateCorpus.Split.class);
    Map<DateCorpus.Split, Integer> days = new EnumMap<>(DateCorpus.Split.class);
    for (var split : DateCorpus.Split.values()) {
      dates.put(split, new HashSet<>());
      for (long seed : new long[] {1, 2})
        for (Pair pair : new DateCorpus(seed, 3000, split)) dates.get(split).add(pair.target());
    }
    for (var a : DateCorpus.Split.values())
      for (var b : DateCorpus.Split.values())
        if (a != b) assertTrue(dates.get(a).stream().noneMatch(dates.get(b)::contains));
    for (LocalDate d = LocalDate.of(1900, 1, 1); d.getYear() < 2100; d = d.plusDays(1))
      days.merge(DateCorpus.Split.of(d), 1, Integer::sum);
    assertEquals(7305, days.get(DateCorpus.Split.TEST), 250);
    assertEquals(7305, days.get(DateCorpus.Split.VALIDATION), 250);
  }

  @Test
  void sameSeedSamePairsInAnyLocaleAndTimeZone() {
    List<Pair> pairs = list(new DateCorpus(7, 500));
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
      assertEquals(pairs, list(new DateCorpus(7, 500)));
      Locale.setDefault(Locale.forLanguageTag("tr-TR"));
      assertEquals(pairs, list(new DateCorpus(7, 500)));
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
    assertNotEquals(pairs, list(new DateCorpus(8, 500)));
    assertEquals(pairs.subList(0, 100), list(new DateCorpus(7, 100)));
    // Pinned: random numbers and split must not differ between machines or releases.
    assertEquals(
        List.of("1920-07-21", "2080-02-09", "2002-02-01", "1925-03-17"),
        pairs.subList(0, 4).stream().map(Pair::target).toList());
  }

  @Test
  void countsOutOfRangeAreRefused() {
    assertThrows(UserError.class, () -> new DateCorpus(1, 0));
    assertThrows(UserError.class, () -> new DateCorpus(1, 200_001));
  }

  private static List<Pair> list(Corpus corpus) {
    List<Pair> all = new ArrayList<>();
    for (Pair pair : corpus) all.add(pair);
    return all;
  }
}
