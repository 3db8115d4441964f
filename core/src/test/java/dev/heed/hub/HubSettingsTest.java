package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The environment's variables, and what a user writes for a model. */
class HubSettingsTest {
  @TempDir Path home;

  @Test
  void theEnvironmentIsThatOfTheOtherLibrary() throws IOException {
    Path usual = home.resolve(".cache/huggingface");
    HubSettings settings = HubSettings.of(Map.of(), home);
    assertEquals(usual.resolve("hub"), settings.cache());
    assertEquals(URI.create("https://huggingface.co"), settings.endpoint());
    assertEquals(Optional.empty(), settings.token());
    assertFalse(settings.offline());

    Files.createDirectories(usual);
    Files.writeString(usual.resolve("token"), "stored\n");
    assertEquals(Optional.of("stored"), HubSettings.of(Map.of(), home).token());
    assertEquals(Optional.of("given"), HubSettings.of(Map.of("HF_TOKEN", " given "), home).token());
    assertEquals(
        home.resolve("x/huggingface/hub"),
        HubSettings.of(Map.of("XDG_CACHE_HOME", home.resolve("x").toString()), home).cache());
    Map<String, String> all =
        Map.of(
            "HF_HOME",
            "/h",
            "HF_HUB_CACHE",
            "/c",
            "HF_ENDPOINT",
            "http://m:1/p/",
            "HF_HUB_OFFLINE",
            "True");
    settings = HubSettings.of(all, home);
    assertEquals(Path.of("/c"), settings.cache());
    assertEquals(URI.create("http://m:1/p"), settings.endpoint());
    assertTrue(settings.offline());
    assertEquals(Path.of("/h/hub"), HubSettings.of(Map.of("HF_HOME", "/h"), home).cache());
    assertFalse(HubSettings.of(Map.of("HF_TOKEN", "secret"), home).toString().contains("secret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"huggingface.co", "ftp://x", "https://", "https://a b", "http://[", ""})
  void endpointsThatAreNoneAreNamed(String text) {
    assertTrue(
        assertThrows(UserError.class, () -> HubSettings.of(Map.of("HF_ENDPOINT", text), home))
            .getMessage()
            .endsWith("not \"" + text + "\""));
  }

  @Test
  void namesAreToldFromPaths() {
    assertEquals(Optional.of(new ModelName("a/b.c-1", "main")), ModelName.of("a/b.c-1"));
    assertEquals(Optional.of(new ModelName("a/b", "v1")), ModelName.of("a/b@v1"));
    assertEquals("a/b@v1", new ModelName("a/b", "v1").toString());
    assertEquals("a/b", new ModelName("a/b", "main").toString());
    for (String path : new String[] {"a", "/a/b", "./a", "a/b/c", "../a", "a/..", "a--b/c", "a/b@"})
      assertEquals(Optional.empty(), ModelName.of(path), path);
  }

  @Test
  void whatLiesHereIsTakenFirst() {
    Hub nowhere =
        new Hub(
            new HubSettings(home, URI.create("http://localhost:1"), Optional.empty(), true),
            p -> {});
    assertEquals(home, ModelSource.folder(home.toString(), nowhere));
    Path missing = home.resolve("none");
    assertEquals(missing, ModelSource.folder(missing.toString(), nowhere));
    for (var source :
        java.util.List.<java.util.function.BiFunction<String, Hub, Path>>of(
            ModelSource::folder, ModelSource::tokenizer))
      assertTrue(
          assertThrows(UserError.class, () -> source.apply("no/such", nowhere))
              .getMessage()
              .startsWith("there is no folder no/such; HF_HUB_OFFLINE is set"));
  }
}
