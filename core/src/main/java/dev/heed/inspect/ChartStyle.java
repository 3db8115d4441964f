package dev.heed.inspect;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.style.XYStyler;

/** What all charts look like. */
final class ChartStyle {
  /** Okabe and Ito's colours, which colour-blind eyes tell apart, from the darkest on. */
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9));

  private ChartStyle() {}

  /** The colour of a series by its number; after six they begin again. */
  static Color colour(int series) {
    return COLOURS.get(series % COLOURS.size());
  }

  /** How often the colours have begun again. */
  static int turn(int series) {
    return series / COLOURS.size();
  }

  static void apply(XYStyler styler) {
    Font text = Picture.font(13);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartFontColor(Picture.INK);
    styler.setChartPadding(14);
    styler.setChartTitleFont(Picture.bold(16));
    styler.setAxisTitleFont(text);
    styler.setAxisTickLabelsFont(text);
    styler.setAxisTickLabelsColor(Picture.INK);
    styler.setPlotGridLinesColor(Picture.GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotBorderVisible(false);
    styler.setPlotContentSize(0.96);
    styler.setLegendFont(text);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setChartTitlePadding(8);
    styler.setMarkerSize(6);
    styler.setLocale(Locale.ROOT);
  }
}
