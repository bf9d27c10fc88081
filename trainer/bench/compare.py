#!/usr/bin/env python3
"""Steps per second of `limn-trainer fit` beside the same training step in JAX, on the CPU.

Both train the gradient network of width c on random 64x64 patches (96x96 with their context) with the losses of the
shipped recipes: squared error of the gradients, and of the rebuilt picture the VGG-16 features, their covariances and
the local line energy; Adam. Same batch, same shapes, float32, the same number of threads, taken in turns because a
shared machine is never quiet. Per turn and side: processor seconds and wall seconds per step, without start-up and
compilation (ours: the difference between a long and a short run; JAX: after a warm-up).

    pip install jax
    compare.py --trainer target/release/limn-trainer --photos DIR --references DIR --vgg vgg16.safetensors
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

RECIPE = """
[style]
name = "bench"
title = "Bench"
width = {width}
lambda = 10.0
trained_size = 480
teacher = "any"
data = "any"
licence = "CC0-1.0"
[training]
steps = {steps}
batch = {batch}
patch = 64
context = 16
vgg_patches = {vgg_patches}
learning_rate = 1e-3
[loss]
start = {{ pixel = 1000.0, perceptual = 5.0, gram = 5.0, energy = 10.0 }}
"""


def seconds_of(command, environment):
    """Processor and wall seconds of a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done.stdout + done.stderr


def ours(args):
    """Processor and wall seconds of one of our steps, and the line on its parts."""
    environment = {**os.environ, "RAYON_NUM_THREADS": str(args.threads)}
    spent, steps = [], [args.steps // 4, args.steps + args.steps // 4]
    for count in steps:
        with tempfile.TemporaryDirectory() as folder:
            recipe = os.path.join(folder, "recipe.toml")
            with open(recipe, "w") as file:
                file.write(RECIPE.format(**{**vars(args), "steps": count}))
            command = [args.trainer, "fit", "--photos", args.photos, "--references", args.references]
            command += ["--vgg", args.vgg, "--config", recipe, "--run", os.path.join(folder, "run")]
            command += ["--output", os.path.join(folder, "out.bpk")]
            spent.append(seconds_of(pinned(args, command), environment))
    (cpu1, wall1, _), (cpu2, wall2, text) = spent
    parts = [line for line in text.splitlines() if line.startswith("a step:")]
    return (cpu2 - cpu1) / args.steps, (wall2 - wall1) / args.steps, "".join(parts)


def theirs(args):
    """Processor and wall seconds of one JAX step."""
    command = [sys.executable, os.path.abspath(__file__), "--jax-only", "--steps", str(args.steps)]
    command += ["--batch", str(args.batch), "--vgg-patches", str(args.vgg_patches)]
    command += ["--width", str(args.width), "--layout", args.layout, "--vgg", args.vgg]
    _, _, text = seconds_of(pinned(args, command), {**os.environ, "JAX_PLATFORMS": "cpu"})
    return json.loads(text.strip().splitlines()[-1])


def pinned(args, command):
    """Both sides may use the first `threads` processors; XLA takes its number of threads from that."""
    return ["taskset", "-c", ",".join(map(str, range(args.threads))), *command]


def jax_step(args):
    import jax
    import jax.numpy as jnp
    import numpy as np

    channels_last = args.layout == "NHWC"
    layout = ("NHWC", "HWIO", "NHWC") if channels_last else ("NCHW", "OIHW", "NCHW")
    axis = 3 if channels_last else 1
    random = np.random.default_rng(0)
    c = args.width
    # (inputs, outputs, stride, relu, shuffle), as src/network.rs has them.
    table = [(6, c, 1), (c, 2 * c, 2), (2 * c, 2 * c, 1), (2 * c, 4 * c, 2)]
    table += [(4 * c, 4 * c, 1)] * 3
    table = [(*row, True, False) for row in table]
    table += [(4 * c, 8 * c, 1, True, True), (2 * c, 24, 1, False, True)]
    vgg_table = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256)]

    def kernel(inputs, outputs):
        values = random.normal(0, (2 / (9 * inputs)) ** 0.5, (outputs, inputs, 3, 3))
        values = values.transpose(2, 3, 1, 0) if channels_last else values
        return jnp.asarray(values, jnp.float32)

    # Random weights: neither side's time depends on the values.
    vgg = [(kernel(i, o), jnp.zeros(o)) for i, o in vgg_table]
    net = [(kernel(row[0], row[1]), jnp.zeros(row[1])) for row in table]

    def conv(x, weight, bias, stride=1):
        y = jax.lax.conv_general_dilated(
            x, weight, (stride, stride), ((1, 1), (1, 1)), dimension_numbers=layout
        )
        return y + (bias if channels_last else bias[:, None, None])

    def shuffle(x):
        if channels_last:
            n, h, w, k = x.shape
            x = x.reshape(n, h, w, k // 4, 2, 2).transpose(0, 1, 4, 2, 5, 3)
            return x.reshape(n, 2 * h, 2 * w, k // 4)
        n, k, h, w = x.shape
        x = x.reshape(n, k // 4, 2, 2, h, w).transpose(0, 1, 4, 2, 5, 3)
        return x.reshape(n, k // 4, 2 * h, 2 * w)

    def network(weights, x):
        x = x * 4
        for (weight, bias), (_, _, stride, relu, shuffled) in zip(weights, table):
            x = conv(x, weight, bias, stride)
            x = jax.nn.relu(x) if relu else x
            x = shuffle(x) if shuffled else x
        return x / 4

    def pool(x):
        window = (1, 2, 2, 1) if channels_last else (1, 1, 2, 2)
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")

    def features(x):
        found = []
        for i, (weight, bias) in enumerate(vgg):
            x = pool(x) if i in (2, 4) else x
            x = jax.nn.relu(conv(x, weight, bias))
            if i in (1, 3, 6):
                found.append(x)
        return found

    side, n = 64, args.vgg_patches
    k, p = np.mgrid[0:side, 0:side].astype(float)
    basis = np.sqrt(np.where(k == 0, 1, 2) / side) * np.cos(np.pi * k * (p + 0.5) / side)
    difference = np.eye(side, k=1) - np.eye(side)
    difference[-1] = 0
    # -div is the adjoint of the gradient.
    divergence = jnp.asarray(basis @ -difference.T, jnp.float32)
    mu = 2 - 2 * np.cos(np.pi * np.arange(side) / side)
    filtering = jnp.asarray(-10 / (1 + 10 * (mu[:, None] + mu[None, :])), jnp.float32)
    basis, difference = jnp.asarray(basis, jnp.float32), jnp.asarray(difference, jnp.float32)

    def planes(x):
        return x.transpose(0, 3, 1, 2) if channels_last else x

    def images(x):
        return x.transpose(0, 2, 3, 1) if channels_last else x

    def gradient(x):
        return jnp.concatenate([x @ difference.T, difference @ x], 1)

    def picture(photo, gradients):
        change = gradients - gradient(photo)
        dx, dy = change[:, :3], change[:, 3:]
        spectrum = (basis @ dx @ divergence.T + divergence @ dy @ basis.T) * filtering
        return photo + basis.T @ spectrum @ basis

    def relative(distance, target):
        def norm(x):
            return jnp.mean(x.reshape(x.shape[0], -1) ** 2, 1)

        scale = norm(target)
        return jnp.mean(norm(distance) / (scale + 0.1 * jnp.mean(scale) + 1e-6))

    def rows(x):
        places = x.shape[1] * x.shape[2] if channels_last else x.shape[2] * x.shape[3]
        flat = x.reshape(x.shape[0], places, -1) if channels_last else x.reshape(*x.shape[:2], places)
        return flat - flat.mean(1 if channels_last else 2, keepdims=True)

    def covariance(x):
        flat = rows(x)
        product = "npi,npj->nij" if channels_last else "nip,njp->nij"
        return jnp.einsum(product, flat, flat) / flat.shape[1 if channels_last else 2]

    def energy(x):
        windows = jnp.sqrt(x**2 + 1e-6).reshape(*x.shape[:2], side // 16, 16, side // 16, 16)
        return windows.mean((3, 5))

    def loss(weights, x, target, photo):
        output = planes(network(weights, x))[:, :, 16:80, 16:80]
        total = 1000 * jnp.mean((output - target) ** 2)
        ours, theirs = picture(photo, output), picture(photo, target)
        strength = energy(gradient(theirs))
        total += 10 * jnp.mean(((energy(gradient(ours)) - strength) / (strength + 0.01)) ** 2)
        for a, b in zip(features(images(ours[:n] - 0.45)), features(images(theirs[:n] - 0.45))):
            total += 5 * relative(a - b, rows(b))
            target_covariance = covariance(b)
            total += 5 * relative(covariance(a) - target_covariance, target_covariance)
        return total

    def adam(weights, moments, step, x, target, photo):
        value, slopes = jax.value_and_grad(loss)(weights, x, target, photo)
        first, second = moments
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)
        low, high = 1 - 0.9**step, 1 - 0.999**step
        weights = jax.tree.map(
            lambda w, m, v: w - 1e-3 * (m / low) / (jnp.sqrt(v / high) + 1e-8), weights, first, second
        )
        return weights, (first, second), value

    run = jax.jit(adam, donate_argnums=(0, 1))
    zeros = jax.tree.map(jnp.zeros_like, net)
    moments = (zeros, jax.tree.map(jnp.zeros_like, net))

    def batch():
        x = random.normal(0, 0.1, (args.batch, 6, 96, 96)).astype(np.float32)
        target = random.normal(0, 0.1, (args.batch, 6, 64, 64)).astype(np.float32)
        photo = random.random((args.batch, 3, 64, 64)).astype(np.float32)
        return images(x), target, photo

    batches = [batch() for _ in range(4)]
    weights, warm_up = net, 3
    for step in range(1, args.steps + warm_up + 1):
        if step == warm_up + 1:
            cpu, wall = time.process_time(), time.perf_counter()
        weights, moments, value = run(weights, moments, float(step), *batches[step % 4])
        value = float(value)
    assert value == value
    spent = (time.process_time() - cpu) / args.steps, (time.perf_counter() - wall) / args.steps
    print(json.dumps(spent))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainer", default="target/release/limn-trainer")
    parser.add_argument("--photos")
    parser.add_argument("--references")
    parser.add_argument("--vgg", required=True)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--vgg-patches", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--layout", choices=["NHWC", "NCHW"], default="NHWC")
    parser.add_argument("--jax-only", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.jax_only:
        jax_step(args)
        return
    ratios = []
    for turn in range(args.turns):
        (cpu, wall, parts), (their_cpu, their_wall) = ours(args), theirs(args)
        ratios.append((their_cpu / cpu, their_wall / wall))
        print(
            f"turn {turn + 1}: ours {cpu:.3f} s processor, {wall:.3f} s wall; "
            f"JAX {their_cpu:.3f} s, {their_wall:.3f} s; {parts}",
            flush=True,
        )
    cpu, wall = (statistics.median(column) for column in zip(*ratios))
    print(f"steps/s, ours over JAX's, median of {args.turns}: {cpu:.2f} by processor time, {wall:.2f} by wall time")


if __name__ == "__main__":
    main()
