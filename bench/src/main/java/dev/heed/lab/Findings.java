package dev.heed.lab;

import dev.heed.inspect.Plot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a study tells besides its rows.
 *
 * @param title the heading
 * @param sections paragraphs and tables in Markdown, which stand before the rows
 * @param charts by the names of their files; those without a point are left out
 */
public record Findings(String title, List<String> sections, Map<String, Plot> charts) {
  public Findings {
    sections = List.copyOf(sections);
    charts = new LinkedHashMap<>(charts);
    charts.values().removeIf(Plot::isEmpty);
  }

  String markdown(Setup setup, List<Row> rows) {
    StringBuilder text =
        new StringBuilder("# " + title + "\n\n```\n" + setup.command() + "\n```\n");
    sections.forEach(section -> text.append('\n').append(section.strip()).append('\n'));
    charts.forEach((name, plot) -> text.append("\n![%s](%s.png)\n".formatted(plot.title(), name)));
    text.append("\n## Rows\n\n").append(new Table(rows).markdown());
    text.append("\n## Set-up\n\n| | |\n|---|---|\n");
    setup.facts().forEach((name, value) -> text.append("| %s | %s |\n".formatted(name, value)));
    return text.toString();
  }
}
