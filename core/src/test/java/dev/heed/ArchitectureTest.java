package dev.heed;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import dev.heed.model.ImageModel;
import dev.heed.model.SourceReader;
import dev.heed.model.SpeechModel;
import dev.heed.model.TextModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The rules of ARCHITECTURE.md, held to the compiled classes. */
class ArchitectureTest {
  /** Each package may import only those before it. */
  private static final List<String> IMPORT_ORDER =
      List.of(
          "config",
          "tensor",
          "text",
          "data",
          "nn",
          "position",
          "attention",
          "model",
          "adapt",
          "loss",
          "optim",
          "hub",
          "train",
          "decode",
          "eval",
          "inspect",
          "task",
          "recipe");

  /** What would let a test not run: matched in the sources of every module. */
  private static final Pattern SKIPPING =
      Pattern.compile(
          "@([\\w.]+\\.)?(Disabled|Enabled)|\\b(assume(True|False)|assuming(That))\\(|TestAborted(Exception)");

  private static final Path ROOT = Path.of(System.getProperty("heed.root", ".."));

  private static final JavaClasses HEED =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.heed");

  @Test
  void everyPackageHasItsPlaceInTheOrder() {
    classes()
        .should()
        .resideInAnyPackage(packages(IMPORT_ORDER))
        .because("a new package needs a place in the import order, here and in ARCHITECTURE.md")
        .check(HEED);
  }

  @Test
  void packagesImportOnlyThoseAboveThem() {
    for (int i = 0; i + 1 < IMPORT_ORDER.size(); i++) {
      noClasses()
          .that(resideInAPackage(pattern(IMPORT_ORDER.get(i))))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(packages(IMPORT_ORDER.subList(i + 1, IMPORT_ORDER.size()))))
          .because("the import order is " + String.join(", ", IMPORT_ORDER))
          .allowEmptyShould(true) // a package may still be empty
          .check(HEED);
    }
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.heed.(**)").should().beFreeOfCycles().check(HEED);
  }

  @Test
  void onlyTensorKnowsTheEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackage(pattern("tensor"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(HEED);
  }

  @Test
  void modelsDoNotShareCode() {
    classes()
        .that(resideInAPackage(pattern("model")))
        .should(dependOnNoOtherModel())
        .because("each model is one file that can be read on its own")
        .allowEmptyShould(true)
        .check(HEED);
  }

  @Test
  void theLibraryNeitherPrintsNorExits() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(HEED);
    noClasses().should().callMethod(System.class, "exit", int.class).check(HEED);
  }

  @Test
  void noTestIsSkipped() throws IOException {
    List<String> skipping = new ArrayList<>();
    List<Path> tests = testSources();
    for (Path test : tests) {
      if (SKIPPING.matcher(Files.readString(test, UTF_8)).find()) {
        skipping.add(ROOT.relativize(test).toString());
      }
    }
    assertFalse(tests.isEmpty(), "no test sources under " + ROOT.toAbsolutePath());
    assertEquals(List.of(), skipping, "tests that could be skipped: let them run or delete them");
  }

  /** The test sources of every module: those of cli and examples aren't compiled yet. */
  private static List<Path> testSources() throws IOException {
    List<Path> sources = new ArrayList<>();
    try (var modules = Files.newDirectoryStream(ROOT)) {
      for (Path module : modules) {
        Path tests = module.resolve("src/test/java");
        if (Files.isDirectory(tests)) {
          try (var files = Files.walk(tests)) {
            files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
          }
        }
      }
    }
    return sources;
  }

  /** What stands around an encoder: no models of their own. */
  private static final Set<String> FRAMES =
      Set.of(
          TextModel.class.getName(),
          SourceReader.class.getName(),
          ImageModel.class.getName(),
          SpeechModel.class.getName());

  /** Parts of a model that would be too long for one file. */
  private static final Set<String> PARTS = Set.of("TransformerStack.java", "TransformerLayer.java");

  private static ArchCondition<JavaClass> dependOnNoOtherModel() {
    return new ArchCondition<>("depend on no other model's file") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (var dependency : type.getDirectDependenciesFromSelf()) {
          JavaClass target = dependency.getTargetClass();
          if (target.getPackageName().equals(type.getPackageName())
              && target.isAssignableTo(dev.heed.nn.Module.class)
              && !FRAMES.contains(target.getName())
              && !(PARTS.contains(file(target)) && file(type).startsWith("Transformer"))
              && !file(target).equals(file(type))) {
            events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static String file(JavaClass type) {
    return type.getSource().flatMap(s -> s.getFileName()).orElse(type.getName());
  }

  private static String[] packages(List<String> names) {
    return names.stream().map(ArchitectureTest::pattern).toArray(String[]::new);
  }

  private static String pattern(String name) {
    return "dev.heed." + name + "..";
  }
}
