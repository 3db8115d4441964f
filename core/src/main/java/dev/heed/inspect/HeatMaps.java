package dev.heed.inspect;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * A page of matrices of one shape, drawn in one colour scale: rows are queries, columns keys. A
 * single matrix is drawn large; several stand in a grid, where tokens are named along the left and
 * lower edge if there is room.
 */
final class HeatMaps {
  /** One side of every matrix: what it is, and its tokens. */
  record Axis(String name, List<String> tokens) {
    Axis {
      tokens = tokens.stream().map(HeatMaps::printable).toList();
    }

    int size() {
      return tokens.size();
    }
  }

  private static final int EDGE = 20;
  private static final int TITLE = 40;
  private static final int PANEL_NAME = 22;
  private static final int AXIS_NAME = 28;
  private static final int GAP = 12;
  private static final int SMALLEST_SLOT = 48; // "layer 11" fits beside it
  private static final int LEGEND = 84;
  private static final int LEGEND_BAR = 14;
  private static final int LONGEST_TOKEN = 20;

  private static final Font TITLE_FONT = Picture.bold(18);
  private static final Font AXIS_FONT = Picture.font(13);

  private final String title;
  private final float[][][][] maps; // [row of the page][column][query][key]
  private final Axis queries;
  private final Axis keys;
  private final boolean large;
  private final double cell; // pixels a token
  private final int panelWidth;
  private final int panelHeight;
  private final Font font;
  private final int labelStep; // every how many tokens one is named; 0 is never
  private final boolean upright; // whether the keys' names run upwards
  private final int left;
  private final int top;
  private final int below;
  private final double scale; // the largest weight

  private HeatMaps(String title, float[][][][] maps, Axis queries, Axis keys, boolean large) {
    this.title = title;
    this.maps = maps;
    this.queries = queries;
    this.keys = keys;
    this.large = large;
    int longest = Math.max(queries.size(), keys.size());
    this.cell = large ? largeCell(longest) : smallCell(longest);
    this.panelWidth = Math.max(1, (int) Math.round(cell * keys.size()));
    this.panelHeight = Math.max(1, (int) Math.round(cell * queries.size()));
    this.font = Picture.font(large ? (int) Math.min(14, Math.max(10, cell - 3)) : 10);
    this.labelStep =
        large || cell >= font.getSize() + 1 ? (int) Math.ceil((font.getSize() + 2) / cell) : 0;
    this.upright = widest(keys) > cell * labelStep - 6;
    this.left = EDGE + AXIS_NAME + (large ? 0 : PANEL_NAME) + named(widest(queries));
    this.top = EDGE + TITLE + (large ? 0 : PANEL_NAME);
    this.below = named(upright ? widest(keys) : font.getSize()) + AXIS_NAME + EDGE;
    this.scale = largest(maps);
  }

  /** A page of [row][column][query][key], rows being layers and columns heads. */
  static BufferedImage grid(String title, float[][][][] maps, Axis queries, Axis keys) {
    return new HeatMaps(title, maps, queries, keys, false).draw();
  }

  /** One matrix, [query][key]. */
  static BufferedImage single(String title, float[][] map, Axis queries, Axis keys) {
    return new HeatMaps(title, new float[][][][] {{map}}, queries, keys, true).draw();
  }

  /** 12 to 48 pixels; beyond 100 tokens a page of about 1200. */
  private static double largeCell(int tokens) {
    return tokens <= 100 ? Math.min(48, Math.max(12, 760 / tokens)) : Math.max(2, 1200 / tokens);
  }

  /** A panel of at most 264 pixels, in whole pixels a token where possible. */
  private static double smallCell(int tokens) {
    return tokens > 264 ? 264.0 / tokens : Math.min(20, 264 / tokens);
  }

  private int named(int labels) {
    return labelStep == 0 ? 0 : labels + 8;
  }

  private int widest(Axis axis) {
    return axis.tokens().stream().mapToInt(t -> Picture.width(t, font)).max().orElse(0);
  }

  private static double largest(float[][][][] maps) {
    double largest = 0;
    for (float[][][] row : maps)
      for (float[][] map : row)
        for (float[] weights : map)
          for (float weight : weights) largest = Math.max(largest, weight);
    return largest == 0 ? 1 : largest;
  }

  /** Pixels from one panel to the next. */
  private static int pitch(int panel) {
    return Math.max(panel, SMALLEST_SLOT) + GAP;
  }

  private BufferedImage draw() {
    int bodyWidth = body(maps[0].length, panelWidth, keys);
    int bodyHeight = body(maps.length, panelHeight, queries);
    int legendHeight = Math.min(Math.max(bodyHeight - 24, 120), 320);
    int titleWidth = Picture.width(title, TITLE_FONT);
    int width = left + Math.max(bodyWidth + LEGEND, titleWidth) + EDGE;
    int height = top + Math.max(bodyHeight + below, 24 + legendHeight + EDGE);
    return Picture.draw(
        width,
        height,
        g -> {
          g.setColor(Picture.INK);
          Picture.leftOf(g, title, TITLE_FONT, left, EDGE + 10);
          for (int row = 0; row < maps.length; row++)
            for (int column = 0; column < maps[row].length; column++) panel(g, row, column);
          axisNames(g, bodyWidth, bodyHeight);
          legend(g, left + bodyWidth + 28, top, legendHeight);
        });
  }

  /** Pixels that the panels take along one axis, and its name at least. */
  private int body(int panels, int panel, Axis axis) {
    int all = large ? panel : panels * pitch(panel) - GAP;
    return Math.max(all, Picture.width(axis.name(), AXIS_FONT));
  }

  private void panel(Graphics2D g, int row, int column) {
    int x = left + column * pitch(panelWidth);
    int y = top + row * pitch(panelHeight);
    float[][] map = maps[row][column];
    g.drawImage(pixels(map), x, y, null);
    if (large && cell >= 34) numbers(g, map, x, y);
    g.setColor(Picture.INK);
    if (!large && row == 0)
      Picture.centred(g, "head " + column, Picture.font(12), x + panelWidth / 2.0, y - 11);
    if (!large && column == 0)
      Picture.upwards(
          g,
          EDGE + AXIS_NAME + 8,
          y + panelHeight / 2.0,
          turned -> Picture.centred(turned, "layer " + row, Picture.font(12), 0, 0));
    if (labelStep > 0 && column == 0) queryNames(g, x - 6, y);
    if (labelStep > 0 && row == maps.length - 1) keyNames(g, x, y + panelHeight + 6);
  }

  /** Where several weights share a pixel, the largest shows. */
  private BufferedImage pixels(float[][] map) {
    var image = new BufferedImage(panelWidth, panelHeight, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < panelHeight; y++)
      for (int x = 0; x < panelWidth; x++) image.setRGB(x, y, Viridis.rgb(at(map, y, x) / scale));
    return image;
  }

  private double at(float[][] map, int y, int x) {
    double largest = 0;
    int lastRow = Math.min(map.length - 1, (int) (Math.ceil((y + 1) / cell) - 1));
    for (int row = (int) (y / cell); row <= lastRow; row++) {
      float[] weights = map[row];
      int last = Math.min(weights.length - 1, (int) (Math.ceil((x + 1) / cell) - 1));
      for (int i = (int) (x / cell); i <= last; i++) largest = Math.max(largest, weights[i]);
    }
    return largest;
  }

  private void numbers(Graphics2D g, float[][] map, int x, int y) {
    for (int q = 0; q < map.length; q++) {
      for (int k = 0; k < map[q].length; k++) {
        String number = String.format(Locale.ROOT, "%.2f", map[q][k]);
        if (number.equals("0.00")) continue;
        g.setColor(Viridis.ink(map[q][k] / scale));
        Picture.centred(g, number, Picture.font(11), x + (k + 0.5) * cell, y + (q + 0.5) * cell);
      }
    }
  }

  private void queryNames(Graphics2D g, int x, int y) {
    for (int q = 0; q < queries.size(); q += labelStep)
      Picture.rightOf(g, queries.tokens().get(q), font, x, y + (q + 0.5) * cell);
  }

  private void keyNames(Graphics2D g, int x, int y) {
    for (int k = 0; k < keys.size(); k += labelStep) {
      String token = keys.tokens().get(k);
      double centre = x + (k + 0.5) * cell;
      if (upright)
        Picture.upwards(g, centre, y, turned -> Picture.rightOf(turned, token, font, 0, 0));
      else Picture.centred(g, token, font, centre, y + font.getSize() / 2.0);
    }
  }

  private void axisNames(Graphics2D g, int bodyWidth, int bodyHeight) {
    g.setColor(Picture.FAINT);
    Picture.centred(
        g, keys.name(), AXIS_FONT, left + bodyWidth / 2.0, top + bodyHeight + below - EDGE - 8);
    Picture.upwards(
        g,
        EDGE + 8,
        top + bodyHeight / 2.0,
        turned -> Picture.centred(turned, queries.name(), AXIS_FONT, 0, 0));
  }

  private void legend(Graphics2D g, int x, int y, int height) {
    g.setColor(Picture.FAINT);
    Picture.leftOf(g, "weight", Picture.font(12), x, y + 6);
    int from = y + 24;
    for (int i = 0; i < height; i++) {
      g.setColor(new Color(Viridis.rgb(1 - (double) i / (height - 1))));
      g.fillRect(x, from + i, LEGEND_BAR, 1);
    }
    g.setColor(Picture.INK);
    for (int i = 0; i <= 4; i++) {
      double at = from + (1 - i / 4.0) * (height - 1);
      g.fillRect(x + LEGEND_BAR, (int) Math.round(at), 4, 1);
      String number = String.format(Locale.ROOT, "%.2f", scale * i / 4);
      Picture.leftOf(g, number, Picture.font(11), x + LEGEND_BAR + 8, at);
    }
  }

  /** A token as it can stand on a line: control characters named, long ones cut. */
  private static String printable(String token) {
    String line =
        token.replace("\n", "\\n").replace("\t", "\\t").replaceAll("\\p{Cntrl}", "\uFFFD");
    if (line.isBlank()) return "␣";
    if (line.codePointCount(0, line.length()) <= LONGEST_TOKEN) return line;
    return line.substring(0, line.offsetByCodePoints(0, LONGEST_TOKEN - 1)) + "…";
  }
}
