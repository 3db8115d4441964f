package dev.heed.hub;

import dev.heed.config.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * The hub over HTTP. It follows redirects itself, so that the token goes to no other host, and
 * waits and asks again where the hub is busy.
 */
final class HubClient {
  private static final int TRIES = 4;
  private static final int REDIRECTS = 10;
  static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long LONGEST_WAIT = 120; // seconds that a busy hub may ask for

  /** The hub can't be reached at all: the cache may serve instead. */
  static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1;

    Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private final HubSettings settings;
  private final ModelName model;
  private final Duration pause; // before the second try; it doubles
  private final Duration patience;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(10))
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * @param pause before the second try
   * @param patience how long each part of an answer is waited for
   */
  HubClient(HubSettings settings, ModelName model, Duration pause, Duration patience) {
    this.patience = patience;
    this.settings = settings;
    this.model = model;
    this.pause = pause;
  }

  /**
   * What the hub says of a file before it is loaded.
   *
   * @param etag sha256 of a large file, git's blob id (sha1) of any other
   * @param size in bytes, -1 if it isn't said
   */
  record FileInfo(String etag, long size) {}

  /** The revision's description: its commit and its files. */
  String describe() throws Unreachable {
    String path = "/api/models/" + model.repo() + "/revision/" + encoded(model.revision());
    HttpResponse<InputStream> response = send("GET", uri(path), 0, model.toString(), true);
    try (InputStream body = body(response)) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  FileInfo info(String commit, String file) throws Unreachable {
    HttpResponse<InputStream> response = send("HEAD", resolve(commit, file), 0, file, true);
    close(response);
    HttpHeaders headers = response.headers();
    String etag =
        headers
            .firstValue("x-linked-etag")
            .or(() -> headers.firstValue("etag"))
            .orElse("")
            .replaceFirst("^W/", "")
            .replace("\"", "");
    // Another shape would be no name of a blob in the cache.
    if (!etag.matches("\\w[\\w.-]*"))
      throw new UserError(
          "%s gave no usable ETag for %s of %s: check HF_ENDPOINT"
              .formatted(settings.endpoint(), file, model));
    long size =
        headers
            .firstValueAsLong("x-linked-size")
            .orElseGet(() -> headers.firstValueAsLong("content-length").orElse(-1));
    return new FileInfo(etag, size);
  }

  /**
   * The content from byte {@code from}; a status of 200 says that it begins at 0 all the same, one
   * of 416 that there is nothing from there on.
   */
  HttpResponse<InputStream> content(String commit, String file, long from) throws Unreachable {
    return send("GET", resolve(commit, file), from, file, false);
  }

  /** What was sent, which fails where nothing comes any more. */
  InputStream body(HttpResponse<InputStream> response) {
    return new PatientStream(response.body(), patience);
  }

  private HttpResponse<InputStream> send(
      String method, URI at, long from, String what, boolean linked) throws Unreachable {
    Duration wait = pause;
    for (int attempt = 1; ; attempt++) {
      HttpResponse<InputStream> response;
      try {
        response = follow(method, at, from, linked);
      } catch (IOException e) {
        boolean nobody = e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
        if (attempt == TRIES || nobody) throw unreachable(e);
        sleep(wait);
        wait = wait.multipliedBy(2);
        continue;
      }
      int status = response.statusCode();
      if (status < 400 || (status == 416 && from > 0)) return response;
      close(response);
      boolean busy = status == 429 || status >= 500;
      long asked =
          response
              .headers()
              .firstValue("retry-after")
              .filter(s -> s.matches("\\d{1,9}"))
              .map(Long::parseLong)
              .orElse(0L);
      if (!busy) throw refused(status, response.headers(), what);
      if (attempt == TRIES || asked > LONGEST_WAIT) throw busy(status, asked);
      sleep(asked > 0 ? Duration.ofSeconds(asked) : wait);
      wait = wait.multipliedBy(2);
    }
  }

  /** One request; a redirect that names the linked file's etag is the answer to a HEAD. */
  private HttpResponse<InputStream> follow(String method, URI at, long from, boolean linked)
      throws IOException {
    URI here = at;
    for (int i = 0; i < REDIRECTS; i++) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(here)
              .method(method, BodyPublishers.noBody())
              .timeout(PATIENCE)
              .header("User-Agent", "heed")
              .header("Accept-Encoding", "identity");
      if (from > 0) request.header("Range", "bytes=" + from + "-");
      if (sameHost(here, settings.endpoint()))
        settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
      HttpResponse<InputStream> response;
      try {
        response = http.send(request.build(), BodyHandlers.ofInputStream());
      } catch (InterruptedException e) {
        throw interrupted();
      }
      Optional<String> location = response.headers().firstValue("location");
      boolean redirects = response.statusCode() / 100 == 3 && location.isPresent();
      boolean known = linked && response.headers().firstValue("x-linked-etag").isPresent();
      if (!redirects || known) return response;
      close(response);
      here = redirected(here, location.get());
    }
    throw new IOException("it redirects in circles");
  }

  private static URI redirected(URI from, String location) throws IOException {
    try {
      URI to = from.resolve(location);
      boolean safe = "https".equals(to.getScheme()) || from.getScheme().equals(to.getScheme());
      if (safe && to.getHost() != null) return to;
    } catch (IllegalArgumentException e) {
      // no address
    }
    throw new IOException("it redirects to " + location);
  }

  private static boolean sameHost(URI a, URI b) {
    return a.getScheme().equals(b.getScheme())
        && a.getHost().equals(b.getHost())
        && a.getPort() == b.getPort();
  }

  private UserError refused(int status, HttpHeaders headers, String what) {
    String error = headers.firstValue("x-error-code").orElse("");
    String of = what.equals(model.toString()) ? what : what + " of " + model;
    String why =
        switch (status) {
          case 401, 403 ->
              error.equals("RepoNotFound")
                  ? "there is no such model, or it is private; check the name, or set HF_TOKEN to a token that may read it"
                  : "it is gated or private; ask for access at %s/%s, and set HF_TOKEN to a token that may read it"
                      .formatted(settings.endpoint(), model.repo());
          case 404 ->
              error.equals("RevisionNotFound")
                  ? "there is no such revision; check what stands after the @"
                  : "there is nothing of that name; check it";
          default -> "this request isn't understood; check HF_ENDPOINT";
        };
    return new UserError(
        "%s answers %d for %s: %s".formatted(settings.endpoint(), status, of, why));
  }

  private Unreachable busy(int status, long asked) {
    String why =
        status != 429
            ? "is out of order (%d)".formatted(status)
            : asked > 0
                ? "has had too many requests (429) and asks for %,d seconds".formatted(asked)
                : "has had too many requests (429)";
    return new Unreachable(settings.endpoint() + " " + why, new IOException("status " + status));
  }

  private Unreachable unreachable(IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new Unreachable(
        "%s can't be reached (%s)"
            .formatted(settings.endpoint(), reason.lines().findFirst().orElse("")),
        e);
  }

  private URI resolve(String commit, String file) {
    return uri("/%s/resolve/%s/%s".formatted(model.repo(), commit, file));
  }

  private URI uri(String path) {
    return URI.create(settings.endpoint() + path);
  }

  private static String encoded(String revision) {
    return revision.replace("/", "%2F");
  }

  private static void close(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      // nothing was to be read from it
    }
  }

  void sleep(Duration wait) {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private UserError interrupted() {
    Thread.currentThread().interrupt();
    return new UserError("loading %s was interrupted; run it again to go on".formatted(model));
  }
}
