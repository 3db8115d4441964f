package dev.heed.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** One model on a hub of this machine; what ends in .safetensors lies with another server. */
final class FakeHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /** What goes wrong with the next request that its pattern matches. */
  record Fault(String pattern, int status, Map<String, String> headers) {}

  final Map<String, byte[]> files = new LinkedHashMap<>();
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  final Deque<Fault> faults = new ArrayDeque<>();
  String description = "";
  int cuts; // how many responses from the other server break off half-way
  int stalls; // how many responses from the other server stop half-way without an end
  boolean ranges = true;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub = server();
  private final HttpServer storage = server();

  FakeHub() {
    hub.createContext("/", this::answer);
    storage.createContext("/", this::store);
    storage.setExecutor(threads); // so that one that stalls doesn't hold up the next
    hub.start();
    storage.start();
  }

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI endpoint() {
    return URI.create("http://localhost:" + hub.getAddress().getPort());
  }

  FakeHub with(String file, String content) {
    files.put(file, content.getBytes(UTF_8));
    return this;
  }

  String etag(String file) {
    byte[] content = files.get(file);
    if (large(file)) return hash("SHA-256", content);
    byte[] header = ("blob " + content.length + "\0").getBytes(UTF_8);
    byte[] all = Arrays.copyOf(header, header.length + content.length);
    System.arraycopy(content, 0, all, header.length, content.length);
    return hash("SHA-1", all);
  }

  private static String hash(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean large(String file) {
    return file.endsWith(".safetensors");
  }

  /** The requests for files, without those for their headers alone. */
  List<String> loaded() {
    return requests.stream().filter(r -> r.startsWith("GET /org")).toList();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String line = note(exchange, "");
      Headers headers = exchange.getResponseHeaders();
      Fault fault = faults.peek();
      if (fault != null && line.matches(fault.pattern())) {
        faults.remove();
        fault.headers().forEach(headers::set);
        exchange.sendResponseHeaders(fault.status(), -1);
        return;
      }
      String path = exchange.getRequestURI().getRawPath();
      if (path.startsWith("/api/models/org/name/revision/")) {
        String siblings =
            files.keySet().stream()
                .map(file -> "{\"rfilename\": \"" + file + "\"}")
                .collect(Collectors.joining(","));
        String usual = "{\"sha\": \"%s\", \"siblings\": [%s]}".formatted(COMMIT, siblings);
        send(exchange, 200, (description.isEmpty() ? usual : description).getBytes(UTF_8), 0);
        return;
      }
      String file = path.replace("/org/name/resolve/" + COMMIT + "/", "");
      if (!files.containsKey(file)) {
        exchange.sendResponseHeaders(404, -1);
      } else if (large(file)) {
        headers.set("X-Linked-Etag", "\"" + etag(file) + "\"");
        headers.set("X-Linked-Size", Integer.toString(files.get(file).length));
        headers.set("ETag", "\"another\"");
        headers.set(
            "Location",
            "http://localhost:" + storage.getAddress().getPort() + "/" + file + "?x=%20");
        exchange.sendResponseHeaders(302, -1);
      } else {
        headers.set("ETag", "W/\"" + etag(file) + "\"");
        send(exchange, 200, files.get(file), 0);
      }
    }
  }

  private void store(HttpExchange exchange) throws IOException {
    try (exchange) {
      note(exchange, "storage ");
      byte[] content = files.get(exchange.getRequestURI().getPath().substring(1));
      String range = exchange.getRequestHeaders().getFirst("Range");
      int from = 0;
      if (range != null && ranges) from = Integer.parseInt(range.replaceAll("\\D", ""));
      if (from > content.length) {
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      if (from > 0)
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      send(exchange, from > 0 ? 206 : 200, content, from);
    }
  }

  private String note(HttpExchange exchange, String where) {
    Headers headers = exchange.getRequestHeaders();
    String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String token = headers.containsKey("Authorization") ? " with a token" : "";
    String range = headers.containsKey("Range") ? " " + headers.getFirst("Range") : "";
    requests.add(where + line + range + token);
    return line;
  }

  private void send(HttpExchange exchange, int status, byte[] content, int from)
      throws IOException {
    int length = content.length - from;
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
    boolean cut =
        exchange.getLocalAddress().getPort() == storage.getAddress().getPort() && cuts > 0;
    if (cut) cuts--;
    boolean stalled =
        exchange.getLocalAddress().getPort() == storage.getAddress().getPort() && stalls > 0;
    if (stalled) stalls--;
    exchange.getResponseBody().write(content, from, cut || stalled ? length / 2 : length);
    if (stalled) stall(exchange);
  }

  /** Until the hub is closed. */
  private void stall(HttpExchange exchange) throws IOException {
    exchange.getResponseBody().flush();
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    hub.stop(0);
    storage.stop(0);
    threads.shutdown();
  }
}
