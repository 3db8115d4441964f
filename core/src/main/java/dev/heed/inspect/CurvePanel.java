package dev.heed.inspect;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The series of one quantity, which share an axis. */
record CurvePanel(Quantity quantity, Map<String, NavigableMap<Long, Double>> series) {

  /** What is drawn, from the top of the page down, and the keys that belong to it. */
  enum Quantity {
    LOSS("Loss", "loss, nats a token", "(\\w+_?)?loss"),
    SCORE("Translation scores", "score", "(\\w+_?)?(bleu|chrf|ter)"),
    QUALITY("Quality in validation", "BLEU, or share of exact matches", "(\\w+_?)?quality"),
    ROUTERS("Routers", "entropy, nats; share dropped", "router_?(entropy|dropped)"),
    ACCURACY("Accuracy", "fraction correct", "(\\w+_?)?(accuracy|f1)"),
    RATE("Learning rate", "learning rate", "lr|learning_?rate"),
    SPEED("Speed", "tokens a second", "tokens_?per_?second");

    private final String title;
    private final String axis;
    private final Pattern keys;

    Quantity(String title, String axis, String keys) {
      this.title = title;
      this.axis = axis;
      this.keys = Pattern.compile(keys, Pattern.CASE_INSENSITIVE);
    }

    private boolean shows(String key) {
      return keys.matcher(key).matches();
    }
  }

  private static final int WIDTH = 1100;
  private static final int HEIGHT = 330;

  /** From how many points on a curve is smoothed and drawn without markers. */
  private static final int MANY = 60;

  static List<CurvePanel> of(Map<String, NavigableMap<Long, Double>> series) {
    List<CurvePanel> panels = new ArrayList<>();
    for (Quantity quantity : Quantity.values()) {
      Map<String, NavigableMap<Long, Double>> shown = new TreeMap<>(series);
      shown.keySet().removeIf(key -> !quantity.shows(key));
      if (!shown.isEmpty()) panels.add(new CurvePanel(quantity, shown));
    }
    return panels;
  }

  /** The panels one below the other, over the same steps. */
  static BufferedImage page(List<CurvePanel> panels) {
    double first = panels.stream().mapToDouble(CurvePanel::first).min().orElseThrow();
    double last = panels.stream().mapToDouble(CurvePanel::last).max().orElseThrow();
    List<XYChart> charts =
        panels.stream().map(panel -> panel.chart(first, Math.max(last, first + 1))).toList();
    List<Double> starts = charts.stream().map(chart -> start(chart, first)).toList();
    double furthest = Collections.max(starts);
    return Picture.draw(
        WIDTH,
        HEIGHT * panels.size(),
        g -> {
          for (int i = 0; i < charts.size(); i++) {
            int shift = (int) Math.round(furthest - starts.get(i)); // so that all axes line up
            Graphics2D part = (Graphics2D) g.create(shift, i * HEIGHT, WIDTH - shift, HEIGHT);
            charts.get(i).paint(part, WIDTH - shift, HEIGHT);
            part.dispose();
          }
        });
  }

  /** Where the first step stands, which depends on how wide the axis's labels are. */
  private static double start(XYChart chart, double first) {
    Picture.draw(WIDTH, HEIGHT, g -> chart.paint(g, WIDTH, HEIGHT));
    return chart.getScreenXFromChart(first);
  }

  private double first() {
    return series.values().stream().mapToDouble(NavigableMap::firstKey).min().orElseThrow();
  }

  private double last() {
    return series.values().stream().mapToDouble(NavigableMap::lastKey).max().orElseThrow();
  }

  private XYChart chart(double first, double last) {
    int power = quantity == Quantity.RATE ? magnitude() : 0;
    XYChart chart =
        new XYChartBuilder()
            .title(quantity.title)
            .xAxisTitle("step")
            .yAxisTitle(quantity.axis + (power == 0 ? "" : " (1e%d)".formatted(power)))
            .build();
    style(chart.getStyler());
    chart.getStyler().setXAxisMin(first).setXAxisMax(last);
    int colour = 0;
    for (Map.Entry<String, NavigableMap<Long, Double>> curve : series.entrySet()) {
      double[] steps = curve.getValue().keySet().stream().mapToDouble(step -> step).toArray();
      double[] values =
          curve.getValue().values().stream().mapToDouble(v -> v * Math.pow(10, -power)).toArray();
      draw(chart, curve.getKey(), steps, values, ChartStyle.colour(colour++));
    }
    roundTicks(chart, first, last);
    return chart;
  }

  /** The power of ten that brings the largest value to 1…10. */
  private int magnitude() {
    double largest =
        series.values().stream()
            .flatMap(curve -> curve.values().stream())
            .mapToDouble(Math::abs)
            .max()
            .orElse(0);
    return largest == 0 ? 0 : (int) Math.floor(Math.log10(largest));
  }

  private void draw(XYChart chart, String name, double[] steps, double[] values, Color colour) {
    boolean noisy = quantity != Quantity.RATE;
    boolean smooth = noisy && values.length >= MANY;
    if (smooth) {
      XYSeries raw = chart.addSeries(name + ", each record", steps, values);
      line(raw, new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 60), 1);
      raw.setShowInLegend(false);
    }
    XYSeries main = chart.addSeries(name, steps, smooth ? smoothed(values) : values);
    line(main, colour, 2);
    if (values.length == 1 || (noisy && !smooth)) {
      main.setMarker(SeriesMarkers.CIRCLE);
      main.setMarkerColor(colour);
    }
  }

  /**
   * XChart puts ticks at the data's own values where these are evenly spaced, such as 10, 410, 810;
   * an unseen point off that lattice, inside the data's range, makes it choose round numbers.
   */
  private static void roundTicks(XYChart chart, double first, double last) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (XYSeries series : chart.getSeriesMap().values()) {
      low = Math.min(low, Arrays.stream(series.getYData()).min().orElse(low));
      high = Math.max(high, Arrays.stream(series.getYData()).max().orElse(high));
    }
    double off = 1 / Math.PI;
    XYSeries unseen =
        chart.addSeries(
            "unseen",
            new double[] {first + off * (last - first)},
            new double[] {low + off * (high - low)});
    unseen.setMarker(SeriesMarkers.NONE).setShowInLegend(false);
  }

  private static void line(XYSeries series, Color colour, float width) {
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    series.setMarker(SeriesMarkers.NONE);
  }

  /**
   * The mean over about a fiftieth of the curve: as far to the right as to the left, which doesn't
   * lag, except at the end, where nothing is to the right.
   */
  static double[] smoothed(double[] values) {
    int most = Math.max(1, values.length / 100);
    double[] smooth = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      int reach = Math.min(most, i);
      int end = Math.min(values.length, i + reach + 1);
      smooth[i] = Arrays.stream(values, i - reach, end).average().orElseThrow();
    }
    return smooth;
  }

  private void style(XYStyler styler) {
    ChartStyle.apply(styler);
    boolean rising = quantity == Quantity.SCORE || quantity == Quantity.ACCURACY;
    styler.setLegendPosition(rising ? LegendPosition.InsideSE : LegendPosition.InsideNE);
    styler.setLegendVisible(quantity != Quantity.RATE && quantity != Quantity.SPEED);
    styler.setXAxisDecimalPattern("#,##0");
    styler.setYAxisDecimalPattern(quantity == Quantity.SPEED ? "#,##0" : "#,##0.0##");
  }
}
