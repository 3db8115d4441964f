package dev.heed.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses Jinja's expressions by recursive descent, loosest binding first. */
final class JinjaExpressions {
  /** An expression, which has a value where names have values. */
  interface Value {
    Object in(Jinja.Env env);
  }

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<number>\\d+(?:\\.\\d+)?)|(?<name>[A-Za-z_]\\w*)"
              + "|(?<string>'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")"
              + "|(?<sign>==|!=|<=|>=|//|\\*\\*|[-+*/%~<>=|.,:()\\[\\]{}]))",
          Pattern.DOTALL);
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");

  private enum Kind {
    NUMBER,
    NAME,
    STRING,
    SIGN
  }

  private record Token(Kind kind, String text) {}

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int place;

  JinjaExpressions(String source) {
    this.source = source;
    Matcher matcher = TOKEN.matcher(source);
    int from = 0;
    while (!source.substring(from).isBlank()) {
      if (!matcher.find(from) || matcher.start() != from) throw wrong();
      for (Kind kind : Kind.values()) {
        String text = matcher.group(kind.name().toLowerCase(Locale.ROOT));
        if (text != null) tokens.add(new Token(kind, text));
      }
      from = matcher.end();
    }
  }

  /** The whole of a text as one expression. */
  static Value parse(String source) {
    var parser = new JinjaExpressions(source);
    Value value = parser.expression();
    if (parser.sign(",")) { // a tuple without parentheses
      List<Value> items = new ArrayList<>(List.of(value));
      do items.add(parser.expression());
      while (parser.sign(","));
      value = env -> items.stream().map(item -> item.in(env)).toList();
    }
    parser.end();
    return value;
  }

  void end() {
    if (place < tokens.size()) throw wrong();
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("cannot read \"" + source.strip() + "\"");
  }

  private Optional<Token> peek() {
    return place < tokens.size() ? Optional.of(tokens.get(place)) : Optional.empty();
  }

  private boolean take(Kind kind, String text) {
    boolean here = peek().isPresent() && peek().get().equals(new Token(kind, text));
    if (here) place++;
    return here;
  }

  boolean word(String word) {
    return take(Kind.NAME, word);
  }

  private boolean sign(String sign) {
    return take(Kind.SIGN, sign);
  }

  private void require(String sign) {
    if (!sign(sign)) throw wrong();
  }

  private Token next(Kind kind) {
    Token token = peek().orElseThrow(this::wrong);
    if (token.kind != kind) throw wrong();
    place++;
    return token;
  }

  /** a if condition else b. */
  Value expression() {
    Value value = alternatives();
    if (!word("if")) return value;
    Value condition = alternatives();
    Value otherwise = word("else") ? expression() : env -> JinjaValues.UNDEFINED;
    return env -> (JinjaValues.truth(condition.in(env)) ? value : otherwise).in(env);
  }

  /** a or b. */
  Value alternatives() {
    Value value = conjunction();
    while (word("or")) {
      Value left = value;
      Value right = conjunction();
      value =
          env -> {
            Object first = left.in(env);
            return JinjaValues.truth(first) ? first : right.in(env);
          };
    }
    return value;
  }

  private Value conjunction() {
    Value value = negation();
    while (word("and")) {
      Value left = value;
      Value right = negation();
      value =
          env -> {
            Object first = left.in(env);
            return JinjaValues.truth(first) ? right.in(env) : first;
          };
    }
    return value;
  }

  private Value negation() {
    if (!word("not")) return comparison();
    Value value = negation();
    return env -> !JinjaValues.truth(value.in(env));
  }

  private Value comparison() {
    Value value = sum();
    while (true) {
      Value left = value;
      if (peek().isPresent() && COMPARISONS.contains(peek().get().text)) {
        String sign = next(Kind.SIGN).text;
        Value right = sum();
        value = env -> JinjaValues.compare(sign, left.in(env), right.in(env));
      } else if (word("in")) {
        Value right = sum();
        value = env -> JinjaValues.contains(right.in(env), left.in(env));
      } else if (word("is")) value = test(left);
      else if (peek().equals(Optional.of(new Token(Kind.NAME, "not")))
          && place + 1 < tokens.size()
          && tokens.get(place + 1).text.equals("in")) {
        place += 2;
        Value right = sum();
        value = env -> !JinjaValues.contains(right.in(env), left.in(env));
      } else return value;
    }
  }

  private Value test(Value left) {
    boolean not = word("not");
    String name = next(Kind.NAME).text;
    List<Value> arguments = new ArrayList<>();
    if (sign("(")) {
      arguments.add(expression());
      require(")");
    } else if (name.equals("divisibleby")) arguments.add(postfix());
    return env ->
        not
            != JinjaValues.test(
                name, left.in(env), arguments.stream().map(a -> a.in(env)).toList());
  }

  private Value sum() {
    Value value = product();
    while (true) {
      String sign = peek().filter(t -> t.kind == Kind.SIGN).map(Token::text).orElse("");
      if (!Set.of("+", "-", "~").contains(sign)) return value;
      place++;
      Value left = value;
      Value right = product();
      value = env -> JinjaValues.arithmetic(sign, left.in(env), right.in(env));
    }
  }

  private Value product() {
    Value value = unary();
    while (true) {
      String sign = peek().filter(t -> t.kind == Kind.SIGN).map(Token::text).orElse("");
      if (!Set.of("*", "/", "//", "%", "**").contains(sign)) return value;
      place++;
      Value left = value;
      Value right = unary();
      value = env -> JinjaValues.arithmetic(sign, left.in(env), right.in(env));
    }
  }

  private Value unary() {
    if (!sign("-")) return filtered(postfix());
    Value value = unary();
    return env -> JinjaValues.arithmetic("-", 0L, value.in(env));
  }

  private Value filtered(Value start) {
    Value value = start;
    while (sign("|")) {
      String name = next(Kind.NAME).text;
      Value left = value;
      Call call = sign("(") ? call() : new Call(List.of(), Map.of());
      value = env -> JinjaFilters.apply(name, left.in(env), call.arguments(env), call.named(env));
    }
    return value;
  }

  /** What stands in parentheses after a name. */
  private record Call(List<Value> values, Map<String, Value> names) {
    List<Object> arguments(Jinja.Env env) {
      return values.stream().map(value -> value.in(env)).toList();
    }

    Map<String, Object> named(Jinja.Env env) {
      Map<String, Object> named = new LinkedHashMap<>();
      names.forEach((name, value) -> named.put(name, value.in(env)));
      return named;
    }
  }

  private Call call() {
    List<Value> values = new ArrayList<>();
    Map<String, Value> names = new LinkedHashMap<>();
    while (!sign(")")) {
      boolean named =
          place + 1 < tokens.size()
              && tokens.get(place).kind == Kind.NAME
              && tokens.get(place + 1).equals(new Token(Kind.SIGN, "="));
      if (named) {
        String name = next(Kind.NAME).text;
        require("=");
        names.put(name, expression());
      } else values.add(expression());
      if (!sign(",") && !peek().equals(Optional.of(new Token(Kind.SIGN, ")")))) throw wrong();
    }
    return new Call(values, names);
  }

  /** A value with .name, [index], [from:to:step] and (arguments) after it. */
  private Value postfix() {
    Value value = primary();
    while (true) {
      Value left = value;
      if (sign(".")) {
        String name = next(Kind.NAME).text;
        if (sign("(")) {
          Call call = call();
          value =
              env -> JinjaValues.method(left.in(env), name, call.arguments(env), call.named(env));
        } else value = env -> JinjaValues.get(left.in(env), name);
      } else if (sign("[")) value = index(left);
      else if (sign("(")) {
        Call call = call();
        value = env -> JinjaValues.call(left.in(env), source, call.arguments(env), call.named(env));
      } else return value;
    }
  }

  private Value index(Value left) {
    List<Optional<Value>> bounds = new ArrayList<>();
    boolean slice = false;
    Optional<Value> bound = Optional.empty();
    while (!sign("]")) {
      if (sign(":")) {
        slice = true;
        bounds.add(bound);
        bound = Optional.empty();
      } else if (bound.isPresent()) throw wrong();
      else bound = Optional.of(expression());
    }
    bounds.add(bound);
    if (slice)
      return env ->
          JinjaValues.slice(
              left.in(env), bounds.stream().map(b -> b.map(value -> value.in(env))).toList());
    Value key = bound.orElseThrow(this::wrong);
    return env -> JinjaValues.get(left.in(env), key.in(env));
  }

  private Value primary() {
    Token token = peek().orElseThrow(this::wrong);
    place++;
    return switch (token.kind) {
      case NUMBER -> {
        Object number =
            token.text.contains(".")
                ? (Object) Double.valueOf(token.text)
                : (Object) Long.valueOf(token.text);
        yield env -> number;
      }
      case STRING -> string(token.text);
      case NAME ->
          switch (token.text) {
            case "true", "True" -> env -> true;
            case "false", "False" -> env -> false;
            case "none", "None" -> env -> JinjaValues.NONE;
            default -> env -> env.get(token.text);
          };
      case SIGN ->
          switch (token.text) {
            case "(" -> list(")", true);
            case "[" -> list("]", false);
            case "{" -> map();
            default -> throw wrong();
          };
    };
  }

  private Value string(String quoted) {
    var text = new StringBuilder(JinjaValues.unescaped(quoted.substring(1, quoted.length() - 1)));
    while (peek().isPresent() && peek().get().kind == Kind.STRING) { // neighbours are one
      String more = next(Kind.STRING).text;
      text.append(JinjaValues.unescaped(more.substring(1, more.length() - 1)));
    }
    String whole = text.toString();
    return env -> whole;
  }

  private Value list(String close, boolean mayBeOne) {
    List<Value> items = new ArrayList<>();
    boolean comma = false;
    while (!sign(close)) {
      items.add(expression());
      boolean more = sign(",");
      comma |= more;
      if (!more && !peek().equals(Optional.of(new Token(Kind.SIGN, close)))) throw wrong();
    }
    if (mayBeOne && !comma && items.size() == 1) return items.get(0);
    return env -> new ArrayList<>(items.stream().map(item -> item.in(env)).toList());
  }

  private Value map() {
    Map<Value, Value> entries = new LinkedHashMap<>();
    while (!sign("}")) {
      Value key = expression();
      require(":");
      entries.put(key, expression());
      if (!sign(",") && !peek().equals(Optional.of(new Token(Kind.SIGN, "}")))) throw wrong();
    }
    return env -> {
      Map<String, Object> map = new LinkedHashMap<>();
      entries.forEach((key, value) -> map.put(JinjaValues.text(key.in(env)), value.in(env)));
      return map;
    };
  }
}
