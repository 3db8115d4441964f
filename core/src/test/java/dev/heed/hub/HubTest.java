package dev.heed.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.hub.FakeHub.Fault;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Hub} against a hub of this machine, on good days and on bad ones. */
class HubTest {
  private static final ModelName NAME = new ModelName("org/name", "main");
  private static final String WEIGHTS = "0123456789".repeat(30_000);

  @TempDir Path dir;

  private final FakeHub server =
      new FakeHub()
          .with("config.json", "{\"model_type\": \"bert\"}")
          .with("README.md", "# no need")
          .with("pytorch_model.bin", "no need")
          .with("tokenizer.json", "{}")
          .with("vocab.txt", "")
          .with("model.safetensors", WEIGHTS);
  private final List<Hub.Progress> progress = new ArrayList<>();
  private Duration patience = Duration.ofSeconds(30);

  @AfterEach
  void stop() {
    server.close();
  }

  private Hub hub(boolean offline) {
    var settings = new HubSettings(dir, server.endpoint(), Optional.of("hf_secret"), offline);
    return new Hub(settings, progress::add, Duration.ofMillis(1), patience);
  }

  private Path load() {
    return hub(false).folder(NAME);
  }

  private Path root() {
    return dir.resolve("models--org--name");
  }

  private Path incomplete() {
    return root().resolve("blobs").resolve(server.etag("model.safetensors") + ".incomplete");
  }

  private void assertWhole(Path folder) {
    assertEquals(root().resolve("snapshots").resolve(FakeHub.COMMIT), folder);
    for (String file : List.of("config.json", "tokenizer.json", "vocab.txt", "model.safetensors"))
      assertArrayEquals(server.files.get(file), bytes(folder.resolve(file)), file);
    assertEquals(FakeHub.COMMIT, new String(bytes(root().resolve("refs/main")), UTF_8));
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatIsNeededLiesAsTheOtherLibraryHasIt() throws IOException {
    Path folder = load();
    assertWhole(folder);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(4, files.count());
    }
    assertEquals(
        Path.of("../../blobs", server.etag("config.json")),
        Files.readSymbolicLink(folder.resolve("config.json")));
    assertTrue(server.requests.stream().anyMatch(r -> r.startsWith("storage GET")));
    for (String request : server.requests) // a token is for the hub alone
    assertEquals(!request.startsWith("storage"), request.endsWith(" with a token"), request);
    Hub.Progress last = progress.get(progress.size() - 1);
    assertEquals(last.total(), last.done());
    assertTrue(last.total() > WEIGHTS.length());
    assertEquals(0, last.secondsLeft());
  }

  @Test
  void whatIsThereIsNotLoadedAgain() throws IOException {
    load();
    server.requests.clear();
    assertWhole(load());
    assertEquals(1, server.requests.size(), server.requests::toString);
    // A blob without its link, as after a crash between the two.
    Files.delete(root().resolve("snapshots/" + FakeHub.COMMIT + "/model.safetensors"));
    assertWhole(load());
    assertEquals(List.of(), server.loaded());
  }

  @Test
  void tokenizersComeWithoutWeights() {
    Path folder = hub(false).tokenizer(NAME);
    assertTrue(Files.exists(folder.resolve("tokenizer.json")));
    assertFalse(Files.exists(folder.resolve("model.safetensors")));
    assertEquals(folder, hub(true).tokenizer(NAME));
    assertRefused("HF_HUB_OFFLINE is set, and the cache has no model.safetensors", hub(true));
  }

  @Test
  void shardsAreThoseOfTheIndex() {
    server.files.remove("model.safetensors");
    server
        .with("model-1.safetensors", "one")
        .with("model-2.safetensors", "two")
        .with("other.safetensors", "no need")
        .with(
            "model.safetensors.index.json",
            "{\"weight_map\": {\"a\": \"model-1.safetensors\", \"b\": \"model-2.safetensors\"}}");
    Path folder = load();
    assertEquals("two", new String(bytes(folder.resolve("model-2.safetensors")), UTF_8));
    assertFalse(Files.exists(folder.resolve("other.safetensors")));
    assertEquals(folder, hub(true).folder(NAME));
    server.files.remove("model-2.safetensors");
    assertRefused("lacks model-2.safetensors", hub(false));
    server.with("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../x\"}}");
    Stream.of("snapshots/" + FakeHub.COMMIT + "/model.safetensors.index.json")
        .forEach(file -> assertTrue(root().resolve(file).toFile().delete()));
    assertRefused("\"../x\" is no name of a file", hub(false));
  }

  @Test
  void halfAFileIsGoneOnWith() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.writeString(incomplete(), WEIGHTS.substring(0, 1234));
    assertWhole(load());
    assertTrue(
        server.requests.contains("storage GET /model.safetensors?x=%20 bytes=1234-"),
        server.requests::toString);
  }

  @Test
  void halfAFileIsLoadedAnewWhereTheServerCannotGoOn() throws IOException {
    server.ranges = false;
    Files.createDirectories(incomplete().getParent());
    Files.writeString(incomplete(), "something else");
    assertWhole(load());
    server.ranges = true;
    Files.delete(root().resolve("snapshots/" + FakeHub.COMMIT + "/model.safetensors"));
    Files.delete(root().resolve("blobs").resolve(server.etag("model.safetensors")));
    Files.writeString(incomplete(), WEIGHTS + "more than there is");
    assertWhole(load());
  }

  @Test
  void aBrokenConnectionIsTakenUpAgain() {
    server.cuts = 3;
    assertWhole(load());
    assertEquals(4, server.requests.stream().filter(r -> r.startsWith("storage")).count());
  }

  @Test
  void aServerThatStallsIsAskedAgain() {
    patience = Duration.ofSeconds(1);
    server.stalls = 1;
    assertWhole(load());
    assertTrue(
        server.requests.stream().anyMatch(r -> r.matches("storage GET .* bytes=150000-.*")),
        server.requests::toString);
  }

  @Test
  void aServerThatKeepsStallingIsGivenUp() throws IOException {
    patience = Duration.ofMillis(500);
    server.stalls = Integer.MAX_VALUE;
    assertRefused("nothing came for ", hub(false));
    assertTrue(Files.size(incomplete()) > 0);
  }

  @Test
  void whatTellsHowVectorsArePooledComesToo() {
    server.with("modules.json", "[]").with("1_Pooling/config.json", "{}").with("2_Dense/x", "");
    Path folder = load();
    assertWhole(folder);
    assertEquals("{}", new String(bytes(folder.resolve("1_Pooling/config.json")), UTF_8));
    assertTrue(Files.exists(folder.resolve("modules.json")));
    assertFalse(Files.exists(folder.resolve("2_Dense")));
  }

  /** A zip file is a file system that knows no links. */
  @Test
  void whereThereAreNoLinksFilesAreCopied() throws IOException {
    Path zip = dir.resolve("cache.zip");
    try (FileSystem plain = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      HubCache cache = new HubCache(plain.getPath("/cache"), NAME);
      Files.createDirectories(cache.blob("x").getParent());
      Files.writeString(cache.blob("x"), "content");
      for (int again = 0; again < 2; again++) {
        cache.place("x", FakeHub.COMMIT, "1_Pooling/config.json");
        Path entry = cache.snapshot(FakeHub.COMMIT).resolve("1_Pooling/config.json");
        assertFalse(Files.isSymbolicLink(entry));
        assertEquals("content", Files.readString(entry));
        try (Stream<Path> files = Files.list(entry.getParent())) {
          assertEquals(1, files.count());
        }
      }
    }
  }

  @Test
  void aConnectionThatKeepsBreakingLeavesWhatThereIs() throws IOException {
    server.cuts = Integer.MAX_VALUE;
    assertRefused("loading model.safetensors broke off after ", hub(false));
    assertTrue(Files.size(incomplete()) > WEIGHTS.length() / 2);
    assertFalse(Files.exists(root().resolve("refs/main")));
    server.cuts = 0;
    assertWhole(load());
    assertFalse(Files.exists(incomplete()));
  }

  @Test
  void aWrongChecksumIsThrownAway() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.writeString(incomplete(), "x".repeat(100)); // not how the file begins
    assertRefused(
        "model.safetensors has another checksum than the hub says, and is thrown away", hub(false));
    assertFalse(Files.exists(incomplete()));
    assertFalse(Files.exists(root().resolve("refs/main")));
    assertWhole(load());
  }

  @Test
  void smallFilesAreCheckedToo() throws IOException {
    Path half = root().resolve("blobs").resolve(server.etag("config.json") + ".incomplete");
    Files.createDirectories(half.getParent());
    Files.write(half, new byte[server.files.get("config.json").length]);
    assertRefused("config.json has another checksum", hub(false));
    assertWhole(load());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | RepoNotFound     | there is no such model, or it is private",
        "401 |                  | it is gated or private",
        "403 | GatedRepo        | ask for access at http://localhost",
        "404 | RevisionNotFound | check what stands after the @",
        "404 |                  | there is nothing of that name",
        "400 |                  | check HF_ENDPOINT",
      })
  void refusalsAreSaidInOneSentence(int status, String code, String sentence) {
    var headers = Map.of("X-Error-Code", code == null ? "" : code);
    for (String at : List.of("GET /api.*", "HEAD .*config.json", "GET /org.*model.safetensors")) {
      server.faults.add(new Fault(at, status, headers));
      assertRefused(sentence, hub(false));
      assertFalse(Files.exists(root().resolve("refs/main")));
    }
    assertWhole(load());
  }

  @ParameterizedTest
  @CsvSource({"429, 1", "429, ''", "500, ''", "503, 0", "503, 'Fri, 31 Dec 1999 23:59:59 GMT'"})
  void aBusyHubIsAskedAgain(int status, String after) {
    var headers = after.isEmpty() ? Map.<String, String>of() : Map.of("Retry-After", after);
    server.faults.add(new Fault("GET /api.*", status, headers));
    server.faults.add(new Fault("HEAD .*config.json", status, headers));
    server.faults.add(new Fault("GET /org.*model.safetensors", status, headers));
    assertWhole(load());
    assertEquals(0, server.faults.size());
  }

  @Test
  void aHubThatStaysBusyIsReplacedByTheCache() {
    Fault busy = new Fault(".*", 503, Map.of());
    for (int i = 0; i < 4; i++) server.faults.add(busy);
    assertRefused("is out of order (503), and the cache has no org/name: try again", hub(false));
    server.faults.add(new Fault(".*", 429, Map.of("Retry-After", "3600")));
    assertRefused("too many requests (429) and asks for 3,600 seconds", hub(false));
    Path folder = load();
    for (int i = 0; i < 4; i++) server.faults.add(busy);
    assertEquals(folder, load());
  }

  @Test
  void withoutANetworkTheCacheServes() {
    assertRefused("HF_HUB_OFFLINE is set, and the cache has no org/name: unset it", hub(true));
    Path folder = load();
    server.close();
    assertEquals(folder, load());
    assertEquals(folder, hub(true).folder(NAME));
    assertEquals(folder, hub(true).folder(new ModelName("org/name", FakeHub.COMMIT)));
    String message =
        assertThrows(UserError.class, () -> hub(false).folder(new ModelName("org/x", "main")))
            .getMessage();
    assertTrue(message.contains("can't be reached"), message);
    assertTrue(message.contains("the cache has no org/x"), message);
  }

  @Test
  void otherRevisionsHaveTheirOwnNames() {
    ModelName pr = ModelName.of("org/name@refs/pr/1").orElseThrow();
    Path folder = hub(false).folder(pr);
    assertTrue(server.requests.get(0).contains("/revision/refs%2Fpr%2F1"), server.requests.get(0));
    assertTrue(Files.exists(root().resolve("refs/refs/pr/1")));
    assertEquals(folder, hub(true).folder(pr));
    assertRefused("the cache has no org/name", hub(true));
  }

  @Test
  void weightsOfOtherFormatsAreRefused() {
    server.files.remove("model.safetensors");
    assertRefused("org/name has no model.safetensors, and Heed reads no other weights", hub(false));
    assertEquals(List.of(), server.loaded());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"sha\": \"../../x\"}", "{}", "[]", "\"x\""})
  void whatIsNoHubIsRefused(String description) {
    server.description = description;
    assertRefused("doesn't describe org/name as the hub does", hub(false));
  }

  @Test
  void hostileAnswersSpoilNothing() {
    server.description = "<html>";
    assertRefused("this is not JSON", hub(false));
    server.description = "";
    for (String location : List.of("file:///etc/passwd", "ftp://x/y", "/org/x/../../[", "http:")) {
      server.faults.add(
          new Fault("GET /org.*model.safetensors", 302, Map.of("Location", location)));
      assertWhole(load()); // asked again, it points to the right place
      assertTrue(root().resolve("refs/main").toFile().delete());
      assertTrue(
          root().resolve("snapshots/" + FakeHub.COMMIT + "/model.safetensors").toFile().delete());
      assertTrue(root().resolve("blobs/" + server.etag("model.safetensors")).toFile().delete());
    }
    server.faults.add(
        new Fault(
            "HEAD .*model.safetensors",
            302,
            Map.of("X-Linked-Etag", "\"../../../x\"", "Location", "http://localhost/x")));
    assertRefused("gave no usable ETag for model.safetensors", hub(false));
    for (int i = 0; i < 44; i++)
      server.faults.add(new Fault("GET /.*", 307, Map.of("Location", "/again")));
    assertRefused("redirects in circles", hub(false));
  }

  private static void assertRefused(String why, Hub hub) {
    String message = assertThrows(UserError.class, () -> hub.folder(NAME)).getMessage();
    assertTrue(message.contains(why), message);
    assertFalse(message.contains("hf_secret"), message);
    assertEquals(1, message.lines().count(), message);
  }
}
