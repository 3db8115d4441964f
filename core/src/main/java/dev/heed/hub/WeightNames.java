package dev.heed.hub;

import dev.heed.config.UserError;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A table between a model's own parameter names and Hugging Face's, a line for each:
 *
 * <pre>
 * layer.*.attention.qkv.* = h.*.attn.{q,k,v}_proj.*   stacked on the first dimension
 * layer.*.ffn.in.weight   = h.*.mlp.c_fc.weight ᵀ     stored transposed
 * bias                    = head.bias | decoder.bias  stored twice: read from the last there is
 * outputBias              = final_logits_bias ?       stays as it is where a file lacks it
 * -                       = h.*.attn.masked_bias      not ours: passed over in a file
 * </pre>
 *
 * <p>{@code *} stands for one part of a dotted name, the n-th on one side for the n-th on the
 * other, and {@code **} for one or more. A line without {@code *} whose parameter this model lacks,
 * such as that of a tied matrix, is passed over too, and so is a weight that another class of the
 * same type has, such as another head's.
 */
final class WeightNames {
  private static final Pattern PARTS = Pattern.compile("\\{(.*)}");
  private static final String TRANSPOSED = "ᵀ";
  private static final String OPTIONAL = "?";

  /**
   * @param theirs the parts of which ours is stacked
   * @param copies further names of the whole
   */
  private record Rule(
      Pattern ours,
      List<String> theirs,
      List<String> copies,
      boolean transposed,
      boolean optional,
      boolean star) {
    boolean names(String theirName) {
      return Stream.concat(theirs.stream(), copies.stream())
          .anyMatch(name -> pattern(name).matcher(theirName).matches());
    }
  }

  private final List<Rule> rules = new ArrayList<>();
  private final List<Pattern> ignored = new ArrayList<>();
  private final String prefix;
  private final Map<String, List<Long>> blocks;

  /** A table whose stacked parameters have equal parts. */
  WeightNames(String table, String prefix) {
    this(table, prefix, Map.of());
  }

  /**
   * @param table lines of {@code ours = theirs}
   * @param prefix with which the names of some files begin and those of others don't
   * @param blocks of our parameters that stack several, the rows of each
   */
  WeightNames(String table, String prefix, Map<String, List<Long>> blocks) {
    this.prefix = prefix;
    this.blocks = blocks;
    table.lines().filter(line -> !line.isBlank()).forEach(this::add);
  }

  private void add(String line) {
    String[] sides = line.split("=");
    String ours = sides[0].strip();
    boolean transposed = sides[1].contains(TRANSPOSED);
    boolean optional = sides[1].contains(OPTIONAL);
    List<String> names =
        Arrays.stream(sides[1].replace(TRANSPOSED, "").replace(OPTIONAL, "").split("\\|"))
            .map(String::strip)
            .toList();
    List<String> theirs = parts(names.get(0));
    List<String> copies = names.subList(1, names.size());
    if (ours.equals("-")) ignored.add(pattern(theirs.get(0)));
    else
      rules.add(new Rule(pattern(ours), theirs, copies, transposed, optional, ours.contains("*")));
  }

  private static Pattern pattern(String name) {
    String any = Pattern.quote(name).replace("**", "\\E(.+)\\Q");
    return Pattern.compile(any.replace("*", "\\E([^.]+)\\Q"));
  }

  private static List<String> parts(String theirs) {
    Matcher braces = PARTS.matcher(theirs);
    if (!braces.find()) return List.of(theirs);
    return Arrays.stream(braces.group(1).split(","))
        .map(part -> theirs.replace(braces.group(), part))
        .toList();
  }

  private static String filled(String pattern, Matcher match) {
    String name = pattern;
    for (int group = 1; group <= match.groupCount(); group++)
      name = name.replaceFirst("\\*\\*?", Matcher.quoteReplacement(match.group(group)));
    return name;
  }

  /** A parameter of ours, or a part of one, as a file holds it: memory is shared. */
  private void put(
      Map<String, Tensor> stored, Rule rule, Matcher match, Tensor tensor, String ours) {
    int parts = rule.theirs().size();
    List<Long> stacked = blocks.getOrDefault(ours, List.of());
    long start = 0;
    for (int i = 0; i < parts; i++) {
      long rows =
          parts == 1 ? 0 : stacked.size() == parts ? stacked.get(i) : tensor.size(0) / parts;
      Tensor part = parts == 1 ? tensor : tensor.narrow(0, start, rows);
      Tensor theirs = rule.transposed() ? part.transpose(0, 1) : part;
      start += rows;
      if (stored.put(filled(rule.theirs().get(i), match), theirs) != null)
        throw new IllegalStateException("two parameters are stored as " + ours);
    }
    for (String copy : rule.copies()) stored.put(filled(copy, match), tensor);
  }

  /**
   * The names under which one parameter of ours is stored, in the order of its rows.
   *
   * @throws IllegalStateException if the table has no line for it
   */
  List<String> stored(String ours) {
    for (Rule rule : rules) {
      Matcher match = rule.ours().matcher(ours);
      if (match.matches()) return rule.theirs().stream().map(name -> filled(name, match)).toList();
    }
    throw new IllegalStateException("no Hugging Face name for " + ours);
  }

  /** Whether the table has a line for a parameter of ours. */
  boolean tells(String ours) {
    return rules.stream().anyMatch(rule -> rule.ours().matcher(ours).matches());
  }

  /** The name under which a file has a parameter of ours; empty if it or the line is missing. */
  Optional<String> in(Set<String> files, String ours) {
    return tells(ours) ? find(stored(ours).get(0), files) : Optional.empty();
  }

  /**
   * Our parameters under their names, sharing memory.
   *
   * @throws IllegalStateException if the table has no line for one
   */
  Map<String, Tensor> export(Map<String, Tensor> parameters) {
    Map<String, Tensor> exported = new LinkedHashMap<>();
    parameters.forEach(
        (ours, tensor) -> {
          for (Rule rule : rules) {
            Matcher match = rule.ours().matcher(ours);
            if (!match.matches()) continue;
            put(exported, rule, match, tensor.detach(), ours);
            return;
          }
          throw new IllegalStateException("no Hugging Face name for " + ours);
        });
    return exported;
  }

  /**
   * Fills our parameters from files. A file may have the {@code prefix} before its names or lack
   * it, whichever model it was written for.
   *
   * @param mayLack names, as the file would have them, that may be missing or of other shapes: they
   *     stay as they are
   * @param kin the other classes of the type, whose weights are passed over in a file
   * @return those that stayed
   * @throws UserError naming every weight that is missing, surplus or misshaped
   */
  List<String> load(
      WeightFiles files,
      Map<String, Tensor> parameters,
      Predicate<String> mayLack,
      List<WeightNames> kin) {
    List<String> faults = new ArrayList<>();
    List<String> lacking = new ArrayList<>();
    Set<String> surplus = new LinkedHashSet<>(files.names());
    Map<String, Tensor> targets = new LinkedHashMap<>(); // by the file's own names
    export(parameters)
        .forEach(
            (name, target) -> {
              Optional<String> found = find(name, files.names());
              if (found.isPresent()) {
                surplus.remove(found.get());
                boolean fits = Arrays.equals(files.shape(found.get()), target.shape());
                if (!fits && mayLack.test(name)) {
                  lacking.add(name); // another task's head
                  return;
                }
                targets.put(found.get(), target);
                if (!fits)
                  faults.add(
                      "%s is %s, not %s"
                          .formatted(
                              name,
                              Arrays.toString(files.shape(found.get())),
                              Arrays.toString(target.shape())));
              } else if (isCopy(name) || optional(name)) return;
              else if (mayLack.test(name)) lacking.add(name);
              else faults.add("missing " + name + " " + Arrays.toString(target.shape()));
            });
    surplus.stream()
        .filter(name -> !passedOver(name, kin))
        .forEach(name -> faults.add("unknown " + name + " " + Arrays.toString(files.shape(name))));
    if (!faults.isEmpty())
      throw new UserError("the weights do not fit config.json: " + String.join("; ", faults));
    try (NoGrad off = NoGrad.on()) {
      targets.forEach(files::read);
    }
    return lacking;
  }

  private boolean isCopy(String name) {
    return rules.stream().anyMatch(rule -> rule.copies().contains(name));
  }

  /** Whether some other class of the type does without the weight that we store so. */
  boolean isHead(String name, List<WeightNames> kin) {
    return kin.stream().anyMatch(other -> spellings(name).noneMatch(other::knows));
  }

  private Optional<String> find(String name, Set<String> names) {
    return spellings(name)
        .flatMap(spelling -> Stream.of(spelling, inTensorFlow(spelling)))
        .filter(names::contains)
        .findFirst();
  }

  /** With and without the prefix. */
  private Stream<String> spellings(String name) {
    boolean has = !prefix.isEmpty() && name.startsWith(prefix);
    return Stream.of(name, has ? name.substring(prefix.length()) : prefix + name);
  }

  /** Files that were converted from TensorFlow's have kept its names of a norm's weights. */
  private static String inTensorFlow(String name) {
    return name.replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta");
  }

  private boolean knows(String theirs) {
    return rules.stream().anyMatch(rule -> rule.names(theirs));
  }

  private boolean passedOver(String name, List<WeightNames> kin) {
    List<String> spellings = spellings(name).toList();
    if (spellings.stream().anyMatch(this::isIgnored)) return true;
    boolean ours = spellings.stream().anyMatch(this::knows);
    return !ours && kin.stream().anyMatch(other -> spellings.stream().anyMatch(other::knows));
  }

  private boolean isIgnored(String name) {
    return ignored.stream().anyMatch(pattern -> pattern.matcher(name).matches())
        || rules.stream().anyMatch(rule -> !rule.star() && rule.names(name));
  }

  private boolean optional(String name) {
    return rules.stream().anyMatch(rule -> rule.optional() && rule.theirs().contains(name));
  }
}
