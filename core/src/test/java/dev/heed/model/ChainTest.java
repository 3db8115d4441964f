package dev.heed.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.attention.Pass;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was read before isn't read again, and makes no difference. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
class ChainTest {
  private static final int LENGTH = 6;

  /** A decoder that counts the tokens it reads. */
  private static final class Counting implements CausalLm {
    private final CausalLm model;
    private int read;

    Counting(String folder) {
      var loaded = Checkpoint.load(Fixtures.folder(folder), Device.CPU).model();
      loaded.training(false);
      model = (CausalLm) loaded;
    }

    @Override
    public Tensor decode(Tensor ids, Pass pass) {
      read += (int) ids.size(1);
      return model.decode(ids, pass);
    }

    @Override
    public Tensor outputWeight() {
      return model.outputWeight();
    }

    @Override
    public Optional<Tensor> outputBias() {
      return model.outputBias();
    }
  }

  /** Greedy by hand: the prompt and {@link #LENGTH} tokens more. */
  private static int[] generate(Chain chain, int[] prompt) {
    int[] text = prompt;
    Stepper steps = chain.after(prompt);
    int[] newest = {0};
    try (NoGrad off = NoGrad.on()) {
      for (int i = 0; i < LENGTH; i++)
        try (Scope scope = Scope.open()) {
          newest[0] = (int) steps.next(newest, new int[1]).argmax(1).item();
          text = Arrays.copyOf(text, text.length + 1);
          text[text.length - 1] = newest[0];
        }
    }
    return text;
  }

  private static int[] alone(CausalLm model, int[] prompt) {
    try (Chain fresh = new Chain(model, Device.CPU)) {
      return generate(fresh, prompt);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf/gpt2", "hf/llama", "hf/mistral", "hf/bloom"})
  void aTextThatGoesOnIsReadFromThere(String folder) {
    var model = new Counting(folder);
    var random = new Random(2);
    int[] text = random.ints(4, 3, 50).toArray();
    try (Chain chain = new Chain(model, Device.CPU)) {
      for (int turn = 0; turn < 3; turn++) {
        model.read = 0;
        int[] longer = generate(chain, text);
        // The last token generated isn't read, nor what was read in the turns before.
        assertEquals((turn == 0 ? text.length : 3) + LENGTH - 1, model.read);
        assertArrayEquals(alone(model, text), longer);
        text = IntStream.concat(IntStream.of(longer), random.ints(2, 3, 50)).toArray();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf/gpt2", "hf/mistral"})
  void promptsMayShareABeginningOrNothing(String folder) {
    var model = new Counting(folder);
    var random = new Random(3);
    int[] system = random.ints(12, 3, 50).toArray();
    try (Chain chain = new Chain(model, Device.CPU)) {
      for (int shared : new int[] {12, 12, 9, 0, 12, 4}) {
        int[] prompt =
            IntStream.concat(Arrays.stream(system, 0, shared), random.ints(3, 3, 50)).toArray();
        assertArrayEquals(alone(model, prompt), generate(chain, prompt));
      }
    }
  }

  @Test
  void aTextThatIsTooLongLeavesItUsable() {
    var model = new Counting("hf/gpt2");
    int[] text = new Random(4).ints(10, 3, 50).toArray();
    try (Chain chain = new Chain(model, Device.CPU)) {
      generate(chain, text);
      int[] tooLong = Arrays.copyOf(text, 40);
      assertThrows(UserError.class, () -> generate(chain, tooLong));
      assertArrayEquals(alone(model, text), generate(chain, text));
    }
  }
}
