"""JAX and optax on the CPU: jax_mlp.py <W1..W5> [threads]

An epoch is one compiled program, a scan over the batches: the fastest that JAX is written.
"""

import common

workload, threads, _ = common.arguments([""])

import jax  # after the environment is set
import jax.numpy as jnp
import optax

count, widths, batch, _ = common.WORKLOADS[workload]
binary = widths[-1] == 1
activation = jnp.tanh if binary else jax.nn.relu
parameters = [
    ((2 / inputs) ** 0.5 * jax.random.normal(key, (inputs, outputs)), jnp.zeros(outputs))
    for key, inputs, outputs in zip(
        jax.random.split(jax.random.key(1), len(widths) - 1), widths, widths[1:]
    )
]
x, y = map(jnp.asarray, common.data(workload))
optimizer = optax.adam(1e-3)


def loss_of(parameters, x, y):
    for weight, bias in parameters[:-1]:
        x = activation(x @ weight + bias)
    weight, bias = parameters[-1]
    logits = x @ weight + bias
    if binary:
        return optax.sigmoid_binary_cross_entropy(logits[:, 0], y.astype(jnp.float32)).mean()
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def step(carried, rows):
    parameters, state = carried
    loss, gradients = jax.value_and_grad(loss_of)(parameters, x[rows], y[rows])
    updates, state = optimizer.update(gradients, state)
    return (optax.apply_updates(parameters, updates), state), loss * len(rows)


@jax.jit
def run(carried, key):
    order, full = jax.random.permutation(key, count), count // batch * batch
    carried, losses = jax.lax.scan(step, carried, order[:full].reshape(-1, batch))
    total = losses.sum()
    if full < count:  # the last batch is smaller, which a scan cannot take
        carried, loss = step(carried, order[full:])
        total += loss
    return carried, total / count


carried, key = (parameters, optimizer.init(parameters)), jax.random.key(2)


def epoch():
    global carried, key
    key, used = jax.random.split(key)
    carried, loss = run(carried, used)
    return loss.block_until_ready()


common.train("jax scan", jax.__version__, workload, threads, epoch)
