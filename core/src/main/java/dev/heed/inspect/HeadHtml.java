package dev.heed.inspect;

import dev.heed.inspect.HeadSteps.Step;
import dev.heed.inspect.HeadSteps.Table;
import java.util.Locale;

/** A {@link HeadArithmetic} as a page that needs no other file, in light and dark. */
public final class HeadHtml {
  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>One attention head, step by step</title>
      <style>
      :root { color-scheme: light dark; --ink: #1b1b1f; --faint: #5c5c66; --page: #fff; --box: #f3f3f6; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #e6e6ea; --faint: #a0a0ac; --page: #16161a; --box: #23232a; }
      }
      body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
        max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
      p { margin: .4rem 0; overflow-wrap: anywhere; }
      .formula { font-family: ui-monospace, "DejaVu Sans Mono", monospace; background: var(--box);
        padding: .4rem .7rem; border-radius: .3rem; overflow-x: auto; }
      .tables { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
      figure { margin: .6rem 0; overflow-x: auto; }
      figcaption { color: var(--faint); font-size: .85rem; margin-bottom: .2rem; }
      table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
      th { font-weight: 500; padding: .1rem .5rem; text-align: right; color: var(--faint); }
      td { padding: .3rem .6rem; text-align: right; border-radius: .2rem; min-width: 2.2rem; }
      </style>
      </head>
      <body>
      <h1>One attention head, step by step</h1>
      <p>%s</p>
      <p>The words: <b>%s</b>. In every table yellow is the greatest number and violet the least.</p>
      %s</body>
      </html>
      """;

  private HeadHtml() {}

  /** The whole page. */
  public static String of(HeadArithmetic head) {
    var steps = new StringBuilder();
    int number = 1;
    for (Step step : HeadSteps.of(head)) {
      steps.append("<section>\n<h2>%d. %s</h2>\n".formatted(number++, escaped(step.title())));
      steps.append("<p class=\"formula\">%s</p>\n".formatted(formula(step.formula())));
      steps.append("<p>%s</p>\n<div class=\"tables\">\n".formatted(escaped(step.text())));
      for (Table table : step.tables()) table(table, steps);
      steps.append("</div>\n</section>\n");
    }
    return PAGE.formatted(escaped(head.origin()), escaped(String.join(" ", head.tokens())), steps);
  }

  private static void table(Table table, StringBuilder page) {
    page.append("<figure>\n<figcaption>%s</figcaption>\n".formatted(formula(table.name())));
    page.append("<table>\n<tr><th></th>");
    for (String column : table.columns())
      page.append("<th scope=\"col\">%s</th>".formatted(escaped(column)));
    page.append("</tr>\n");
    for (int r = 0; r < table.rows().size(); r++) {
      page.append("<tr><th scope=\"row\">%s</th>".formatted(escaped(table.rows().get(r))));
      for (int c = 0; c < table.columns().size(); c++) page.append(cell(table, r, c));
      page.append("</tr>\n");
    }
    page.append("</table>\n</figure>\n");
  }

  private static String cell(Table table, int row, int column) {
    double value = table.values()[row][column];
    String text = escaped(table.text(row, column));
    if (!table.isColoured(value)) return "<td>%s</td>".formatted(text);
    double share = table.share(value);
    return String.format(
        Locale.ROOT,
        "<td style=\"background:#%06x;color:#%06x\">%s</td>",
        Viridis.rgb(share),
        Viridis.ink(share).getRGB() & 0xFFFFFF,
        text);
  }

  /** With what follows _ set lower. */
  private static String formula(String text) {
    return escaped(text).replaceAll("_(\\w)", "<sub>$1</sub>");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
