import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.heed.text.Tokenizer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Sentence vectors by ONNX Runtime: means of unit length. Java runs this from its source, with the
 * runtime's jar and Heed's classes, of which it uses the tokenizer.
 *
 * <pre>java -cp onnxruntime.jar:… OnnxEmbed.java MODEL TEXTS THREADS ONNX</pre>
 */
public final class OnnxEmbed {
  private static final int COMPARED = 32;

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Tokenizer tokenizer;

  private OnnxEmbed(Path model, int threads, String onnx) throws Exception {
    var options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    session = environment.createSession(onnx, options);
    tokenizer = Tokenizer.load(model);
  }

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a library prints is no answer
    var embed = new OnnxEmbed(Path.of(args[0]), Integer.parseInt(args[2]), args[3]);
    List<String> texts = Files.readAllLines(Path.of(args[1]));
    var commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine();
        line != null && !line.equals("quit");
        line = commands.readLine()) {
      String[] words = line.split(" ");
      answers.println(
          switch (words[0]) {
            case "vectors" -> embed.vectors(texts.subList(0, Math.min(COMPARED, texts.size())));
            case "run" -> embed.run(texts, Integer.parseInt(words[1]));
            default -> "{\"error\": \"unknown command " + words[0] + "\"}";
          });
      answers.flush();
    }
  }

  private String vectors(List<String> texts) throws Exception {
    return "{\"vectors\": " + Arrays.deepToString(embed(texts).vectors()) + "}";
  }

  private String run(List<String> texts, int batch) throws Exception {
    long tokens = 0;
    long start = System.nanoTime();
    for (int from = 0; from < texts.size(); from += batch)
      tokens += embed(texts.subList(from, Math.min(from + batch, texts.size()))).tokens();
    double seconds = (System.nanoTime() - start) / 1e9;
    return String.format(
        Locale.ROOT,
        "{\"seconds\": %f, \"sentences\": %d, \"tokens\": %d, \"peak_rss_mb\": %f}",
        seconds,
        texts.size(),
        tokens,
        peakMiB());
  }

  private record Embedded(float[][] vectors, long tokens) {}

  private Embedded embed(List<String> texts) throws Exception {
    List<int[]> rows = tokenizer.encodeAll(texts);
    int longest = rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    long[] ids = new long[rows.size() * longest];
    long[] mask = new long[ids.length];
    long tokens = 0;
    for (int r = 0; r < rows.size(); r++) {
      int[] row = rows.get(r);
      tokens += row.length;
      for (int t = 0; t < row.length; t++) {
        ids[r * longest + t] = row[t];
        mask[r * longest + t] = 1;
      }
    }
    long[] shape = {rows.size(), longest};
    Map<String, OnnxTensor> inputs = new HashMap<>();
    inputs.put("input_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape));
    inputs.put("attention_mask", OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape));
    inputs.put(
        "token_type_ids",
        OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[ids.length]), shape));
    inputs.keySet().retainAll(session.getInputNames());
    float[][] vectors = new float[rows.size()][];
    try (var result = session.run(inputs)) {
      FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
      int d = hidden.remaining() / ids.length;
      for (int r = 0; r < vectors.length; r++)
        vectors[r] = pooled(hidden, r * longest * d, rows.get(r).length, d);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
    return new Embedded(vectors, tokens);
  }

  private static float[] pooled(FloatBuffer hidden, int from, int tokens, int d) {
    float[] sum = new float[d];
    float[] one = new float[d];
    for (int t = 0; t < tokens; t++) {
      hidden.position(from + t * d);
      hidden.get(one);
      for (int i = 0; i < d; i++) sum[i] += one[i];
    }
    double square = 0;
    for (float value : sum) square += (double) value * value;
    for (int i = 0; i < d; i++) sum[i] /= (float) Math.sqrt(square);
    return sum;
  }

  private static double peakMiB() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:"))
        return Double.parseDouble(line.replaceAll("\\D", "")) / 1024;
    return Double.NaN;
  }
}
