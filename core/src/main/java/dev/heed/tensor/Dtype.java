package dev.heed.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** The element types that Heed computes with or reads from files. */
public enum Dtype {
  FLOAT32(ScalarType.Float, 4),
  FLOAT64(ScalarType.Double, 8),
  FLOAT16(ScalarType.Half, 2),
  BFLOAT16(ScalarType.BFloat16, 2),
  INT64(ScalarType.Long, 8),
  INT32(ScalarType.Int, 4),
  INT16(ScalarType.Short, 2),
  INT8(ScalarType.Char, 1),
  UINT8(ScalarType.Byte, 1),
  BOOL(ScalarType.Bool, 1);

  final ScalarType engine;
  private final int bytes;

  Dtype(ScalarType engine, int bytes) {
    this.engine = engine;
    this.bytes = bytes;
  }

  /** Bytes an element. */
  public int bytes() {
    return bytes;
  }

  public boolean floating() {
    return ordinal() <= BFLOAT16.ordinal();
  }

  static Dtype of(ScalarType engine) {
    ScalarType known = engine.intern(); // the binding makes a new object for each answer
    for (Dtype dtype : values()) if (dtype.engine == known) return dtype;
    throw new IllegalArgumentException("unsupported element type " + engine);
  }
}
