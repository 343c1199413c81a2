// Key pairs of X25519 for WireGuard peers. Facts: RFC 7748, section 5 (clamping, ladder,
// base point 9). Not in constant time: a key is made once, by and for the one who asks.

const PRIME = 2n ** 255n - 19n;

const mod = (n: bigint): bigint => ((n % PRIME) + PRIME) % PRIME;

function power(base: bigint, exponent: bigint): bigint {
  let out = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if ((e & 1n) === 1n) out = mod(out * b);
  return out;
}

const fromBytes = (bytes: Uint8Array): bigint => bytes.reduceRight((n, b) => n * 256n + BigInt(b), 0n);

const toBytes = (n: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));

/** 32 random bytes as a private key. */
export function clamped(bytes: Uint8Array): Uint8Array {
  const key = bytes.slice(0, 32);
  key[0] = (key[0] ?? 0) & 248;
  key[31] = ((key[31] ?? 0) & 127) | 64;
  return key;
}

/** The scalar product with a point; with the base point the public key. */
export function x25519(key: Uint8Array, point: Uint8Array = toBytes(9n)): Uint8Array {
  const k = fromBytes(clamped(key));
  const u = mod(fromBytes(point) & (2n ** 255n - 1n));
  let [x2, z2, x3, z3] = [1n, 0n, u, 1n];
  let isSwapped = false;
  for (let bit = 254n; bit >= 0n; bit -= 1n) {
    const isSet = ((k >> bit) & 1n) === 1n;
    if (isSet !== isSwapped) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    isSwapped = isSet;
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
    const [aa, bb, da, cb] = [mod(a * a), mod(b * b), mod(d * a), mod(c * b)];
    const e = aa - bb;
    x3 = mod((da + cb) ** 2n);
    z3 = mod(u * (da - cb) ** 2n);
    x2 = mod(aa * bb);
    z2 = mod(e * (aa + 121_665n * e));
  }
  if (isSwapped) [x2, z2] = [x3, z3];
  return toBytes(mod(x2 * power(z2, PRIME - 2n)));
}
