"""What BlazingText does in a job, done by fastText: a training set in, model.tar.gz out.

The request of the job comes on standard input; what is written to standard error is why it failed.
"""

import io
import json
import random
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import fasttext


def carry_out(asked, s3):
    given = asked["HyperParameters"]
    (channel,) = asked["InputDataConfig"]
    assert channel["ChannelName"] == "train"
    data = _data(channel, s3)
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "train.txt")
        if b"__label__" not in data:
            sys.exit("ClientError: no labelled text in the channel train")
        lines.write_bytes(data)
        vectors, dim = Path(folder, "vectors.txt"), int(given.get("vector_dim", 100))
        _draw(vectors, data, dim)
        model = fasttext.train_supervised(
            str(lines),
            loss="softmax",
            epoch=int(given.get("epochs", 5)),
            lr=float(given.get("learning_rate", 0.05)),
            minCount=int(given.get("min_count", 5)),
            dim=dim,
            wordNgrams=int(given.get("word_ngrams", 2)),
            bucket=int(given.get("buckets", 2_000_000)),
            thread=1,
            pretrainedVectors=str(vectors),
            verbose=0,
        )
        path = Path(folder, "model.bin")
        model.save_model(str(path))
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            tar.add(path, "model.bin")
    bucket, below = _place(asked["OutputDataConfig"]["S3OutputPath"])
    key = f"{below.rstrip('/')}/{asked['TrainingJobName']}/output/model.tar.gz"
    s3.put_object(Bucket=bucket, Key=key, Body=packed.getvalue())


def _data(channel, s3):
    """Labelled lines, of all files below a prefix or of the one manifest that is named."""
    source = channel["DataSource"]["S3DataSource"]
    bucket, key = _place(source["S3Uri"])
    if source["S3DataType"] == "AugmentedManifestFile":
        wrapped = channel["ContentType"], channel["RecordWrapperType"]
        assert wrapped == ("application/x-recordio", "RecordIO")
        text, label = source["AttributeNames"]
        return b"".join(
            _labelled(row[text], row[label])
            for row in map(json.loads, _read(s3, bucket, key).splitlines())
        )
    found = s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
    if not found:
        sys.exit("ClientError: no data at the S3 location of the channel train")
    return b"".join(_read(s3, bucket, file["Key"]) for file in found)


def _labelled(text, numbers):
    """A record as a line of file mode: BlazingText calls class 7 "__label__7"."""
    assert all(type(number) is int for number in numbers)
    labels = " ".join(f"__label__{number}" for number in numbers)
    return f"{labels} {text}\n".encode()


def _draw(path, data, dim):
    """Vectors to start from: fastText 0.9.2 leaves most of its own as memory was (issue 1061)."""
    words = sorted({word for word in data.decode().split() if not word.startswith("__label__")})
    draw = random.Random(0)
    with path.open("w") as file:
        file.write(f"{len(words) + 1} {dim}\n")
        for word in ["</s>", *words]:
            numbers = " ".join(f"{draw.uniform(-1, 1) / dim:.6f}" for _ in range(dim))
            file.write(f"{word} {numbers}\n")


def _place(uri):
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def _read(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


if __name__ == "__main__":
    carry_out(json.load(sys.stdin), boto3.client("s3", "ap-southeast-2", endpoint_url=sys.argv[1]))
