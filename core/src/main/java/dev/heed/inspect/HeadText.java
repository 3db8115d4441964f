package dev.heed.inspect;

import dev.heed.inspect.HeadSteps.Step;
import dev.heed.inspect.HeadSteps.Table;
import java.awt.Color;

/** A {@link HeadArithmetic} for a terminal. */
public final class HeadText {
  private static final int WIDTH = 100;
  private static final String SHADES = " ░▒▓█";

  private final boolean colour;
  private final StringBuilder text = new StringBuilder();

  private HeadText(boolean colour) {
    this.colour = colour;
  }

  /**
   * Its steps, with aligned tables.
   *
   * @param colour whether cells have backgrounds, by ANSI's 24-bit colours; otherwise shades stand
   *     beside the numbers
   */
  public static String of(HeadArithmetic head, boolean colour) {
    var text = new HeadText(colour);
    text.wrapped(head.origin());
    int number = 1;
    for (Step step : HeadSteps.of(head)) text.step(number++, step);
    return text.text.toString();
  }

  private void step(int number, Step step) {
    text.append('\n').append(bold(number + ". " + step.title())).append('\n');
    text.append("   ").append(step.formula()).append('\n');
    wrapped(step.text());
    step.tables().forEach(this::table);
  }

  private void table(Table table) {
    int names = table.rows().stream().mapToInt(String::length).max().orElse(0);
    int[] widths = new int[table.columns().size()];
    for (int c = 0; c < widths.length; c++) {
      widths[c] = table.columns().get(c).length();
      for (int r = 0; r < table.rows().size(); r++)
        widths[c] = Math.max(widths[c], table.text(r, c).length());
    }
    text.append("\n   ").append(table.name()).append('\n');
    text.append("   ").append(" ".repeat(names));
    for (int c = 0; c < widths.length; c++)
      text.append("  ").append(right(table.columns().get(c), widths[c]));
    text.append('\n');
    for (int r = 0; r < table.values().length; r++) {
      String name = table.rows().get(r);
      text.append("   ").append(name).append(" ".repeat(names - name.length()));
      if (colour) text.append(' ');
      for (int c = 0; c < widths.length; c++) cell(table, r, c, widths[c]);
      if (!colour && table.heat()) shades(table, table.values()[r]);
      while (text.charAt(text.length() - 1) == ' ') text.setLength(text.length() - 1);
      text.append('\n');
    }
  }

  private void cell(Table table, int row, int column, int width) {
    double value = table.values()[row][column];
    String number = right(table.text(row, column), width);
    if (!colour) {
      text.append("  ").append(number);
    } else if (table.isColoured(value)) {
      Color back = new Color(Viridis.rgb(table.share(value)));
      int ink = Viridis.ink(table.share(value)).getRed();
      text.append(
          "\033[48;2;%d;%d;%dm\033[38;2;%4$d;%4$d;%4$dm %5$s \033[0m"
              .formatted(back.getRed(), back.getGreen(), back.getBlue(), ink, number));
    } else {
      text.append(' ').append(number).append(' ');
    }
  }

  private void shades(Table table, double[] row) {
    text.append("   ");
    for (double value : row) {
      int shade =
          Double.isFinite(value) ? (int) Math.rint(table.share(value) * (SHADES.length() - 1)) : 0;
      text.append(SHADES.substring(shade, shade + 1).repeat(2));
    }
  }

  private String bold(String line) {
    return colour ? "\033[1m" + line + "\033[0m" : line;
  }

  private static String right(String cell, int width) {
    return " ".repeat(width - cell.length()) + cell;
  }

  /** A sentence in lines that fit. */
  private void wrapped(String sentence) {
    int column = 0;
    for (String word : sentence.split(" ")) {
      if (column > 0 && column + word.length() > WIDTH) {
        text.append('\n');
        column = 0;
      }
      if (column == 0) text.append("  ");
      text.append(' ').append(word);
      column += word.length() + 1;
    }
    text.append('\n');
  }
}
