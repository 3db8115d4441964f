package dev.heed.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private static void fails(String message, Kind kind) {
    var e = assertThrows(UserError.class, () -> Sample.Model.ATTENTION.create(kind));
    assertEquals(message, e.getMessage());
  }

  @Test
  void aPartIsMadeFromItsOptions() {
    assertEquals(List.of("additive", "dot"), Sample.Model.ATTENTION.names());
    assertEquals("dot", Sample.Model.ATTENTION.create(Kind.of("dot")));
    assertEquals("additive 16", Sample.Model.ATTENTION.create(Kind.of("additive")));
    assertEquals(
        "additive 3", Sample.Model.ATTENTION.create(new Kind("additive", Map.of("width", 3))));
    assertEquals(new Sample.Width(16), Sample.Model.ATTENTION.options(Kind.of("additive")));
  }

  @Test
  void aMistakeIsNamed() {
    fails("unknown attention addtive; did you mean additive?", Kind.of("addtive"));
    fails("unknown attention linear; choose one of additive, dot", Kind.of("linear"));
    fails(
        "attention additive: unknown key wdith; did you mean width?",
        new Kind("additive", Map.of("wdith", 3)));
    fails(
        "attention additive: width must be a whole number, not \"wide\"",
        new Kind("additive", Map.of("width", "wide")));
    fails(
        "attention dot: unknown key width; there are none here",
        new Kind("dot", Map.of("width", 3)));
  }

  @Test
  void aNameIsTakenOnce() {
    assertThrows(
        IllegalArgumentException.class, () -> Sample.Model.ATTENTION.add("dot", () -> "another"));
  }
}
