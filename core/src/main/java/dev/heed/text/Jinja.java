package dev.heed.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of <a href="https://jinja.palletsprojects.com/templates/">Jinja</a> that chat templates
 * use: output, {@code if}, {@code for}, {@code set}, {@code macro}, comments and whitespace
 * control, with {@code trim_blocks} and {@code lstrip_blocks} as Hugging Face sets them. Templates
 * reach nothing but the values they are given.
 */
final class Jinja {
  /** Names and their values; what is set within a loop or a macro ends with it. */
  static final class Env {
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Env outer;

    Env(Env outer) {
      this.outer = outer;
    }

    Object get(String name) {
      for (Env env = this; env != null; env = env.outer)
        if (env.values.containsKey(name)) return env.values.get(name);
      return JinjaValues.UNDEFINED;
    }

    void set(String name, Object value) {
      values.put(name, value);
    }
  }

  /** A part of a template. */
  private interface Node {
    void write(Env env, StringBuilder out);
  }

  private static final Pattern TAG =
      Pattern.compile(
          "\\{#(?<c1>-?).*?(?<c2>-?)#}|\\{\\{(?<o1>-?)(?<o>.*?)(?<o2>-?)}}"
              + "|\\{%(?<s1>[-+]?)(?<s>.*?)(?<s2>[-+]?)%}",
          Pattern.DOTALL);

  private record Part(boolean statement, boolean output, String text) {}

  private final Node root;

  private Jinja(Node root) {
    this.root = root;
  }

  /**
   * @throws IllegalArgumentException saying what isn't understood
   */
  static Jinja parse(String template) {
    var parser = new Parser(parts(template));
    Node root = parser.until();
    if (parser.place < parser.parts.size())
      throw new IllegalArgumentException("unexpected " + parser.parts.get(parser.place).text);
    return new Jinja(root);
  }

  /**
   * @throws IllegalArgumentException if the template refuses the values or can't work with them
   */
  String render(Map<String, Object> values) {
    Env env = new Env(null);
    JinjaValues.GLOBALS.forEach(env::set);
    values.forEach(env::set);
    var out = new StringBuilder();
    root.write(env, out);
    return out.toString();
  }

  /** Cuts a template at its tags, and drops the whitespace around them that isn't to be written. */
  private static List<Part> parts(String template) {
    String text = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
    List<Part> parts = new ArrayList<>();
    Matcher tag = TAG.matcher(text);
    int from = 0;
    boolean strip = false;
    boolean trim = false;
    while (tag.find()) {
      boolean output = tag.group("o") != null;
      boolean statement = tag.group("s") != null;
      String open = group(tag, output ? "o1" : statement ? "s1" : "c1");
      String close = group(tag, output ? "o2" : statement ? "s2" : "c2");
      String between = after(text.substring(from, tag.start()), strip, trim);
      if (open.equals("-")) between = between.stripTrailing();
      else if (!output && !open.equals("+")) between = withoutIndent(between, parts.isEmpty());
      if (!between.isEmpty()) parts.add(new Part(false, false, between));
      if (output || statement)
        parts.add(new Part(statement, output, tag.group(output ? "o" : "s").strip()));
      strip = close.equals("-");
      trim = !output && !close.equals("+");
      from = tag.end();
    }
    String rest = after(text.substring(from), strip, trim);
    if (!rest.isEmpty()) parts.add(new Part(false, false, rest));
    return parts;
  }

  private static String group(Matcher tag, String name) {
    return tag.group(name) == null ? "" : tag.group(name);
  }

  private static String after(String text, boolean strip, boolean trim) {
    if (strip) return text.stripLeading();
    return trim && text.startsWith("\n") ? text.substring(1) : text;
  }

  /** Without the blanks before a tag that is the first on its line. */
  private static String withoutIndent(String text, boolean first) {
    int line = text.lastIndexOf('\n') + 1;
    boolean blank = text.substring(line).isBlank() && (line > 0 || first);
    return blank ? text.substring(0, line) : text;
  }

  /** Builds the tree of nested statements. */
  private static final class Parser {
    private final List<Part> parts;
    private int place;

    Parser(List<Part> parts) {
      this.parts = parts;
    }

    /** The parts up to a statement that begins with one of these words, or to the end. */
    Node until(String... words) {
      List<Node> nodes = new ArrayList<>();
      while (place < parts.size()) {
        Part part = parts.get(place);
        if (part.statement && List.of(words).contains(word(part.text))) break;
        place++;
        if (part.output) {
          var value = JinjaExpressions.parse(part.text);
          nodes.add((env, out) -> out.append(JinjaValues.text(value.in(env))));
        } else if (part.statement) nodes.add(statement(part.text));
        else nodes.add((env, out) -> out.append(part.text));
      }
      return (env, out) -> nodes.forEach(node -> node.write(env, out));
    }

    private static String word(String statement) {
      return statement.split("\\W", 2)[0];
    }

    private String next(String opened) {
      if (place == parts.size())
        throw new IllegalArgumentException("{% " + opened + " %} has no end");
      return parts.get(place++).text;
    }

    private Node statement(String text) {
      String rest = text.substring(word(text).length()).strip();
      return switch (word(text)) {
        case "if" -> branch(text, rest);
        case "for" -> loop(text, rest);
        case "set" -> assignment(text, rest);
        case "macro" -> macro(text, rest);
        case "generation" -> {
          Node body = until("endgeneration");
          next(text);
          yield body;
        }
        default -> throw new IllegalArgumentException("{% " + text + " %} isn't known here");
      };
    }

    private Node branch(String text, String condition) {
      var test = JinjaExpressions.parse(condition);
      Node then = until("elif", "else", "endif");
      String end = next(text);
      Node otherwise =
          switch (word(end)) {
            case "elif" -> branch(text, end.substring(4).strip());
            case "else" -> {
              Node body = until("endif");
              next(text);
              yield body;
            }
            default -> (env, out) -> {};
          };
      return (env, out) -> (JinjaValues.truth(test.in(env)) ? then : otherwise).write(env, out);
    }

    private Node loop(String text, String rest) {
      Matcher head = Pattern.compile("(.+?)\\s+in\\s+(.+)", Pattern.DOTALL).matcher(rest);
      if (!head.matches()) throw new IllegalArgumentException("{% " + text + " %} isn't a loop");
      List<String> names = List.of(head.group(1).replaceAll("[()\\s]", "").split(","));
      var parser = new JinjaExpressions(head.group(2));
      var items = parser.alternatives();
      var filter = parser.word("if") ? parser.expression() : (JinjaExpressions.Value) env -> true;
      parser.end();
      Node body = until("else", "endfor");
      Node none = (env, out) -> {};
      if (word(next(text)).equals("else")) {
        none = until("endfor");
        next(text);
      }
      Node empty = none;
      return (env, out) -> {
        List<Object> chosen = new ArrayList<>();
        for (Object item : JinjaValues.items(items.in(env)))
          if (JinjaValues.truth(filter.in(bound(env, names, item)))) chosen.add(item);
        if (chosen.isEmpty()) empty.write(env, out);
        for (int i = 0; i < chosen.size(); i++) {
          Env inner = bound(env, names, chosen.get(i));
          inner.set("loop", loop(chosen, i));
          body.write(inner, out);
        }
      };
    }

    private static Env bound(Env env, List<String> names, Object item) {
      Env inner = new Env(env);
      if (names.size() == 1) inner.set(names.get(0), item);
      else
        for (int i = 0; i < names.size(); i++)
          inner.set(names.get(i), JinjaValues.items(item).get(i));
      return inner;
    }

    private static Map<String, Object> loop(List<Object> items, int i) {
      Map<String, Object> loop = new LinkedHashMap<>();
      loop.put("index", i + 1L);
      loop.put("index0", (long) i);
      loop.put("revindex", (long) items.size() - i);
      loop.put("revindex0", (long) items.size() - i - 1);
      loop.put("first", i == 0);
      loop.put("last", i == items.size() - 1);
      loop.put("length", (long) items.size());
      loop.put("previtem", i > 0 ? items.get(i - 1) : JinjaValues.UNDEFINED);
      loop.put("nextitem", i + 1 < items.size() ? items.get(i + 1) : JinjaValues.UNDEFINED);
      return Collections.unmodifiableMap(loop);
    }

    private Node assignment(String text, String rest) {
      int equals = rest.indexOf('=');
      if (equals < 0) {
        Node body = until("endset");
        next(text);
        return (env, out) -> {
          var captured = new StringBuilder();
          body.write(env, captured);
          env.set(rest, captured.toString());
        };
      }
      String target = rest.substring(0, equals).strip();
      var value = JinjaExpressions.parse(rest.substring(equals + 1));
      int dot = target.indexOf('.');
      if (dot < 0) return (env, out) -> env.set(target, value.in(env));
      return (env, out) ->
          JinjaValues.namespace(env.get(target.substring(0, dot)))
              .put(target.substring(dot + 1), value.in(env));
    }

    private Node macro(String text, String rest) {
      int open = rest.indexOf('(');
      if (open < 0 || !rest.endsWith(")"))
        throw new IllegalArgumentException("{% " + text + " %} isn't a macro");
      List<String> names = new ArrayList<>();
      List<JinjaExpressions.Value> defaults = new ArrayList<>();
      for (String parameter : rest.substring(open + 1, rest.length() - 1).split(",")) {
        if (parameter.isBlank()) continue;
        String[] sides = parameter.split("=", 2);
        names.add(sides[0].strip());
        defaults.add(
            sides.length == 2 ? JinjaExpressions.parse(sides[1]) : env -> JinjaValues.UNDEFINED);
      }
      Node body = until("endmacro");
      next(text);
      return (env, out) ->
          env.set(
              rest.substring(0, open).strip(),
              (JinjaValues.Function)
                  (arguments, named) -> {
                    Env inner = new Env(env);
                    for (int i = 0; i < names.size(); i++)
                      inner.set(
                          names.get(i),
                          i < arguments.size()
                              ? arguments.get(i)
                              : named.getOrDefault(names.get(i), defaults.get(i).in(env)));
                    var written = new StringBuilder();
                    body.write(inner, written);
                    return written.toString();
                  });
    }
  }
}
