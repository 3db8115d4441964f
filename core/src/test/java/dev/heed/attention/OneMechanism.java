package dev.heed.attention;

import dev.heed.config.Kind;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Puts one mechanism through {@link MechanismContractTest}, in a JVM that has no test engine. */
final class OneMechanism {
  private OneMechanism() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    Kind kind = Kind.of(args[0]);
    List<Method> tests =
        Arrays.stream(MechanismContractTest.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(ParameterizedTest.class))
            .sorted(Comparator.comparing(Method::getName))
            .toList();
    int held = 0;
    int asked = 0;
    for (Method test : tests) {
      Method source =
          MechanismContractTest.class.getDeclaredMethod(
              test.getAnnotation(MethodSource.class).value()[0]);
      if (!kinds(source.invoke(null)).anyMatch(kind::equals)) continue;
      asked++;
      test.invoke(new MechanismContractTest(), kind);
      held++;
    }
    System.out.printf("%s holds %d of %d%n", kind.kind(), held, asked);
  }

  private static Stream<?> kinds(Object source) {
    return source instanceof Collection<?> all ? all.stream() : (Stream<?>) source;
  }
}
