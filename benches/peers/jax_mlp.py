"""JAX and optax on the CPU: jax_mlp.py FOLDER [THREADS|default]

An epoch is one compiled program, a scan over the batches: the fastest that JAX is written.
"""

import common

workload, _ = common.arguments([""])

import jax  # after the environment is set
import jax.numpy as jnp
import optax

activation = jnp.tanh if workload.is_tanh else jax.nn.relu
initial = jax.tree.map(jnp.asarray, workload.initial())
optimizer = optax.adam(workload.learning_rate)
count, batch = workload.rows, workload.batch


def logits_of(parameters, x):
    for weight, bias in parameters[:-1]:
        x = activation(x @ weight + bias)
    weight, bias = parameters[-1]
    return x @ weight + bias


def loss_of(parameters, x, y):
    logits = logits_of(parameters, x)
    if workload.is_binary:
        return optax.sigmoid_binary_cross_entropy(logits[:, 0], y.astype(jnp.float32)).mean()
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def step(carried, rows):
    parameters, state = carried
    loss, gradients = jax.value_and_grad(loss_of)(parameters, x[rows], y[rows])
    updates, state = optimizer.update(gradients, state)
    return (optax.apply_updates(parameters, updates), state), loss * len(rows)


@jax.jit
def epoch(carried, key):
    order, full = jax.random.permutation(key, count), count // batch * batch
    carried, losses = jax.lax.scan(step, carried, order[:full].reshape(-1, batch))
    total = losses.sum()
    if full < count:  # the last batch is smaller, which a scan cannot take
        carried, loss = step(carried, order[full:])
        total += loss
    return carried, total / count


def fit(epochs):
    carried, key = (initial, optimizer.init(initial)), jax.random.key(2)
    for _ in range(epochs):
        key, used = jax.random.split(key)
        carried, loss = epoch(carried, used)
    return loss.block_until_ready()


if workload.name == "W6":
    x = jnp.asarray(workload.data()[0])
    first = x[:1]
    outputs = jax.jit(lambda parameters, x: jax.nn.softmax(logits_of(parameters, x)))
    workload.predict(
        "jax",
        jax.__version__,
        lambda: outputs(initial, first).block_until_ready(),
        lambda: outputs(initial, x).block_until_ready(),
    )
else:
    x, y = map(jnp.asarray, workload.data())
    workload.train("jax", jax.__version__, fit)
