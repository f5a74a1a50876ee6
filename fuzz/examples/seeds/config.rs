//! Configuration files, right and wrong.

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let seeds = [
        ("broken", "epochs = = 3\n"),
        (
            "layers",
            "activation = [\"elu(0.5)\", \"tanh:8+relu:24\"]\nnormalization = [\"batch(momentum=0.2, epsilon=1e-5)\", \"none\"]\nskip = [\"1:2\"]\n",
        ),
        ("lists", "# comment\r\ndata = \"t.csv\"\r\ntarget = [\"a,b\", \"c\"]\r\nhidden = []\r\n"),
        ("multiline", "data = \"\"\"\nx\"\"\"\n"),
        ("odd", "when = 1979-05-27T07:32:00Z\nalpha = inf\n"),
        ("quotes", "data = 'it''s'\n"),
        ("short", "data = \"digits\"\nepochs = 3\n"),
        ("switch", "json = true\nseed = 18446744073709551615\nthreads = 2\n"),
        ("table", "[optimizer]\nname = \"adam\"\n"),
        (
            "training",
            "optimizer = \"adamw(weight_decay=0.1)\"\nschedule = \"step(every=3, factor=0.5)\"\nclip_norm = 1.0\nwarm_up = 0.5\n",
        ),
        ("twice", "epochs = 3\nepochs = 4\n"),
        ("unknown", "batchsize = 3\n"),
    ];
    seeds.into_iter().map(|(name, text)| (name, text.as_bytes().to_vec())).collect()
}
