package dev.heed.inspect;

import dev.heed.config.UserError;
import java.awt.BasicStroke;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Lines over a common axis.
 *
 * @param series x → y, by what the legend calls it, in its order; a logarithmic axis needs numbers
 *     above 0
 */
public record Plot(
    String title, Axis x, Axis y, Map<String, ? extends NavigableMap<Double, Double>> series) {
  private static final int WIDTH = 1100;
  private static final int HEIGHT = 620;
  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND);

  /** What an axis counts, and whether its steps are factors. */
  public record Axis(String name, boolean logarithmic) {
    public static Axis linear(String name) {
      return new Axis(name, false);
    }

    public static Axis logarithmic(String name) {
      return new Axis(name, true);
    }
  }

  /** Whether there is anything to draw. */
  public boolean isEmpty() {
    return series.values().stream().allMatch(Map::isEmpty);
  }

  /**
   * Draws it as PNG, replacing the file.
   *
   * @throws UserError if there is no point, or the file can't be written
   */
  public void png(Path file) {
    if (isEmpty()) throw new UserError("could not draw %s: there is no point".formatted(file));
    Picture.write(file, () -> Picture.draw(WIDTH, HEIGHT, g -> chart().paint(g, WIDTH, HEIGHT)));
  }

  private XYChart chart() {
    XYChart chart =
        new XYChartBuilder().title(title).xAxisTitle(x.name()).yAxisTitle(y.name()).build();
    ChartStyle.apply(chart.getStyler());
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setLegendVisible(series.size() > 1);
    chart.getStyler().setXAxisLogarithmic(x.logarithmic());
    chart.getStyler().setYAxisLogarithmic(y.logarithmic());
    int number = 0;
    for (var line : series.entrySet())
      if (!line.getValue().isEmpty()) draw(chart, line.getKey(), line.getValue(), number++);
    return chart;
  }

  private static void draw(
      XYChart chart, String name, NavigableMap<Double, Double> points, int number) {
    double[] xs = points.keySet().stream().mapToDouble(at -> at).toArray();
    double[] ys = points.values().stream().mapToDouble(at -> at).toArray();
    XYSeries series = chart.addSeries(name, xs, ys);
    series.setLineColor(ChartStyle.colour(number));
    series.setLineStyle(new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarker(MARKERS.get(ChartStyle.turn(number) % MARKERS.size()));
    series.setMarkerColor(ChartStyle.colour(number));
  }
}
