"""Writes the odd and the malformed files of this folder, which are committed: python make.py

What reading each of them must give stands in expected.txt. NumPy, pyarrow and the zstandard that comes
with it write the binary ones (made with numpy 2, pyarrow 21).
"""

import datetime
import gzip
import io
import os
import struct
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def put(name, contents):
    if isinstance(contents, str):
        contents = contents.encode()
    with open(name, "wb") as file:
        file.write(contents)


def gz(contents):
    return gzip.compress(contents, mtime=0)


def zst(contents):
    return pa.compress(contents, codec="zstd", asbytes=True)


# CSV: odd ones, which are read.
put("bom.csv", b"\xef\xbb\xbfa,b\n1,x\n2,y\n")
put("crlf.csv", "a,b\r\n1,x\r\n2,y\r\n")
put("carriage_returns.csv", "a,b\r1,x\r2,y\r")
put("mixed_line_ends.csv", "a,b\n1,x\r\n2,y\r3,z")
put("no_final_newline.csv", "a,b\n1,x\n2,y")
put("blank_lines.csv", "\n\na,b\n\n1,x\n   \n2,y\n\n")
put("blanks_around.csv", " a , b \n 1 ,x \n2  ,  y\n")
put("tabs.tsv", "a\tb\n1\tx, y\n2\tz\n")
put("semicolons.csv", "a;b;c\n1;x;2,y\n2;z;3,w\n")
put("bars.txt", "a|b\n1|x\n2|y\n")
put("quoted_names.csv", '"a, b","c ""d"""\n1,x\n2,y\n')
put("quoted_lines.csv", 'a,b\n1,"x\ny"\n2,"z\r\n"\n')
put("quotes_inside.csv", 'a,b\n1,5" pipe\n2,6" pipe\n')
put("missing_markers.csv", "a,b\n1,x\n?,NA\n,null\nnan,None\n-,-\n6,N/A\n")
put("missing_throughout.csv", "a,b,c\n1,,NA\n2,,?\n3,,\n")
put("missing_with_blanks.csv", "a,b\n1, \n ,2\n3, NA \n")
put("none_is_a_text.csv", "a,b\n1,none\n2,mild\n3,None\n")
put("zip_codes.csv", "zip,x\n01234,1\n98765,2\n,3\n")
put("uneven_zeros.csv", "n,x\n007,1\n1000,2\n")
put("booleans.csv", "a,b\ntrue,1\nfalse,2\n")
put("dates.csv", "day,x\n2024-02-29,1\n2024-03-01,2\n")
put("scientific.csv", "a,b\n1e3,-2.5E-3\n.5,+7\n1.,0\n")
put("large_numbers.csv", "a,b\n12345678901234567890,1e308\n9007199254740993,1e-400\n")
put("no_header.csv", "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n")
put("years_as_names.csv", "year,2019,2020\nx,1,2\ny,3,4\n")
put("one_column.csv", "a\n1\n2\n3\n")
put("one_row.csv", "a,b\n1,x\n")
put("unicode.csv", "größe,色\n1,青\n2,é\n")
put("control_characters.csv", "a,b\n1,\x1b[31mred\n2,x\x00y\n")
put("mostly_texts.csv", "a,b\nx,1\ny,2\n3,3\nz,4\n")
put("wide.csv", ",".join(f"c{i}" for i in range(2000)) + "\n" + ",".join("1" for _ in range(2000)) + "\n")
put("packed.csv.gz", gz(b"a,b\n1,x\n2,y\n"))
put("packed.csv.zst", zst(b"a,b\n1,x\n2,y\n"))
put("packed_without_ending", zst(b"a,b\n1,x\n2,y\n"))
put("two_members.csv.gz", gz(b"a,b\n1,x\n") + gz(b"2,y\n"))
put("two_frames.csv.zst", zst(b"a,b\n1,x\n") + zst(b"2,y\n"))
# CSV: malformed ones.
put("empty.csv", "")
put("only_blanks.csv", "\n  \n\r\n")
put("header_only.csv", "\na,b\n")
put("short_row.csv", "a,b\n1,x\n2\n")
put("long_row.csv", "a,b\n1,x\n\n2,y,z\n")
put("trailing_comma.csv", "a,b\n1,x,\n2,y,\n")
put("open_quote.csv", 'a,b\n1,x\n2,"y\n3,z\n')
put("quote_over_rows.csv", 'a,b\n1,"x\n2,y\n3,"z\n4,w\n')
put("same_names.csv", "a,b,a\n1,2,3\n")
put("unnamed.csv", "a,,c\n1,2,3\n")
put("infinite.csv", "a,b\n1,x\n-inf,y\n3,z\n")
put("too_large_a_number.csv", "a,b\n1,x\n1e999,y\n")
put("text_among_numbers.csv", "a,b\n1,x\n2,y\nthree,z\n4,w\n")
put("decimal_commas.csv", "a;b\n1,5;2\n2,5;3\n")
put("thousands.csv", 'a,b\n"1,000,000",1\n2,2\n3,3\n4,4\n')
put("latin1.csv", b"name,x\nAnn,1\nZo\xeb,2\n")
put("utf16.csv", "a,b\n1,2\n".encode("utf-16"))
put("gzip_cut.csv.gz", gz(b"a,b\n" + b"1,2\n" * 1000)[:40])
put("gzip_changed.csv.gz", gz(b"a,b\n1,2\n")[:-8] + b"\0" * 8)
put("zstd_cut.csv.zst", zst(os.urandom(0) + bytes(range(256)) * 8)[:-40])
put("zstd_window.csv.zst", b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00")
put("zstd_no_frame.csv.zst", b"\x28\xb5\x2f\xfd")
put("too_wide.csv.gz", gz(b"\n" + b"1," * 100_001 + b"\n"))
# Files of other formats.
put("workbook.csv", b"PK\x03\x04" + bytes(40))
put("old_workbook.csv", b"\xd0\xcf\x11\xe0" + bytes(40))
put("picture.csv", b"\x89PNG\r\n\x1a\n")
put("bzip2.csv", b"BZh91AY&SY")

# ARFF.
HEADER = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n"
put("dense.arff", HEADER + "@data\n1,x\n?,y\n2.5,?\n")
put("comments.arff", "% about\n%\n\n@RELATION 'r s'\n@ATTRIBUTE 'a b' REAL % no value\n@Attribute c {'big one', \"it's\"}\n@DATA\n% row\n1,'big one'\n2,\"it's\"\n")
put("sparse.arff", HEADER + "@attribute c numeric\n@data\n{0 1, 1 y}\n{}\n{2 3}\n{1 ?}\n")
put("dates.arff", "@relation r\n@attribute day date 'yyyy-MM-dd'\n@attribute at date \"yyyy-MM-dd'T'HH:mm:ss\"\n@attribute us date 'MM/dd/yyyy HH:mm'\n@data\n2024-02-29,1970-01-01T00:01:00,'12/31/1969 23:00'\n?,?,?\n")
put("strings.arff", "@relation r\n@attribute a string\n@attribute b integer\n@data\n'x, y',1\n'it\\'s',2\n'?',3\n?,4\n")
put("labels.arff", "@relation 'emotions: -C 2'\n@attribute l1 {0,1}\n@attribute l2 {1,0}\n@attribute f real\n@data\n1,0,0.5\n0,1,1.5\n")
put("packed.arff.gz", gz((HEADER + "@data\n1,x\n").encode()))
put("arff_by_contents.txt", HEADER + "@data\n1,x\n2,y\n")
put("no_data.arff", HEADER)
put("no_rows.arff", HEADER + "@data\n% none\n")
put("unknown_type.arff", "@relation r\n@attribute a complex\n@data\n1\n")
put("no_type.arff", "@relation r\n@attribute a\n@data\n1\n")
put("unclosed_values.arff", "@relation r\n@attribute a {x,y\n@data\nx\n")
put("undeclared_value.arff", HEADER + "@data\n1,x\n2,z\n")
put("text_in_numeric.arff", HEADER + "@data\n1,x\ntwo,y\n")
put("infinite.arff", HEADER + "@data\n1,x\ninf,y\n")
put("wrong_width.arff", HEADER + "@data\n1,x\n2\n")
put("open_quote.arff", HEADER + "@data\n1,'x\n")
put("bad_date.arff", "@relation r\n@attribute a date 'yyyy-MM-dd'\n@data\n2024-02-30\n")
put("sparse_place.arff", HEADER + "@data\n{7 x}\n")
put("sparse_twice.arff", HEADER + "@data\n{0 1, 0 2}\n")
put("sparse_open.arff", HEADER + "@data\n{0 1\n")
put("stray_line.arff", "@relation r\n@attribute a real\n1\n2\n")
put("same_names.arff", "@relation r\n@attribute a real\n@attribute a real\n@data\n1,2\n")

# NumPy arrays.


def npy(array, **settings):
    buffer = io.BytesIO()
    np.save(buffer, array, **settings)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), npy(array), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


matrix = np.array([[1.5, -2.0, np.nan], [0.25, 1e10, 7.0]])
put("c_order.npy", npy(matrix))
put("fortran_order.npy", npy(np.asfortranarray(matrix)))
put("big_endian.npy", npy(matrix.astype(">f4")))
put("half.npy", npy(matrix.clip(-3, 60000).astype("f2")))
put("integers.npy", npy(np.array([[-1, 2], [3, -(2**62)]])))
put("unsigned.npy", npy(np.array([[1, 2], [3, 2**63]], "u8")))
put("bytes.npy", npy(np.array([[1, 255], [3, 4]], "u1")))
put("booleans.npy", npy(np.array([[True, False], [False, True]])))
put("vector.npy", npy(np.array([1.0, 2.0, 3.0])))
put("texts.npy", npy(np.array(["b", "é", "", "b"])))
put("times.npy", npy(np.array(["1970-01-02", "NaT"], "M8[ns]")))
put("images.npy", npy(np.arange(24, dtype="u1").reshape(2, 3, 4)))
put("packed.npy.gz", gz(npy(matrix)))
put("pair.npz", npz(X=matrix, y=np.array([1, 0])))
put("pair_of_texts.npz", npz(data=matrix, target=np.array(["no", "yes"])))
put("several_targets.npz", npz(X=matrix, y=np.array([[1, 0], [0, 1]])))
put("with_test.npz", npz(x_train=np.arange(24, dtype="u1").reshape(2, 3, 4), y_train=np.array([3, 4], "u1"), x_test=np.zeros((1, 3, 4), "u1"), y_test=np.array([5], "u1")))
put("only_inputs.npz", npz(anything=matrix))
put("npy_cut.npy", npy(matrix)[:-3])
put("npy_long.npy", npy(matrix) + b"\0")
put("npy_header_cut.npy", npy(matrix)[:20])
put("npy_version.npy", b"\x93NUMPY\x09\x00" + npy(matrix)[8:])
put("npy_infinite.npy", npy(np.array([[1.0, 2.0], [3.0, -np.inf]])))
put("npy_empty.npy", npy(np.zeros((0, 3))))
put("npy_scalar.npy", npy(np.array(1.0)))
put("npy_complex.npy", npy(np.array([1j])))
put("npy_objects.npy", npy(np.array([{}, []], dtype=object), allow_pickle=True))
put("npy_records.npy", npy(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])))


def claimed(shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (118 - len(header) - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


put("npy_billions.npy", claimed("(4000000000, 3)") + bytes(48))
put("npy_billions.npy.gz", gz(claimed("(100000000, 3)") + bytes(48)))
put("npy_overflow.npy", claimed("(9223372036854775807, 9)") + bytes(48))
put("npy_negative.npy", claimed("(-1, 3)") + bytes(48))
put("npy_long_header.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(40))
put("unequal.npz", npz(X=matrix, y=np.array([1, 0, 1])))
put("other_names.npz", npz(alpha=matrix, beta=matrix))
put("npz_cut.npz", npz(X=matrix, y=np.array([1, 0]))[:-30])

# Parquet and Arrow.
columns = {
    "i": pa.array([1, None, -3], pa.int32()),
    "f": pa.array([0.5, 1.5, None], pa.float32()),
    "d": pa.array([None, 1, 2], pa.decimal128(10, 2)),
    "b": pa.array([True, None, False]),
    "s": pa.array(["x", "", None]),
    "c": pa.array(["red", None, "blue"]).dictionary_encode(),
    "day": pa.array([datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)]),
    "at": pa.array([datetime.datetime(1970, 1, 1, 0, 1), None, datetime.datetime(2000, 1, 1)], pa.timestamp("us")),
}
table = pa.table(columns)
pq.write_table(table, "snappy.parquet", compression="snappy")
pq.write_table(table, "zstd.parquet", compression="zstd", row_group_size=2)
pq.write_table(table, "lz4.parquet", compression="lz4")
pq.write_table(table, "plain.parquet", compression="none", use_dictionary=False, data_page_version="2.0")
for name, new in [("file.arrow", pa.ipc.new_file), ("stream.arrows", pa.ipc.new_stream)]:
    with new(name, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
for codec in ["lz4", "zstd"]:
    with pa.ipc.new_file(f"{codec}.arrow", table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table)
put("stream.arrows.gz", gz(open("stream.arrows", "rb").read()))
nested = pa.table({"a": [1, 2], "l": [[1], [2, 3]]})
pq.write_table(nested, "list.parquet")
with pa.ipc.new_file("list.arrow", nested.schema) as writer:
    writer.write_table(nested)
pq.write_table(pa.table({"a": pa.array([1.0, float("inf")])}), "infinite.parquet")
pq.write_table(pa.table({"a": pa.array([], pa.float64())}), "no_rows.parquet")
pq.write_table(pa.table({"a": pa.array([b"x"], pa.binary())}), "binary.parquet")
pq.write_table(pa.table({"a": pa.repeat(pa.scalar(1.0), 1)}), "one.parquet")
whole = open("snappy.parquet", "rb").read()
put("parquet_cut.parquet", whole[: len(whole) // 2])
put("parquet_start.parquet", b"PAR1")
put("parquet_no_footer.parquet", whole[:-8] + bytes(8))
put("parquet_lengths.parquet", whole[:-8] + b"\xff\xff\xff\x7fPAR1")
whole = open("file.arrow", "rb").read()
put("arrow_cut.arrow", whole[: len(whole) // 2])
put("arrow_start.arrow", b"ARROW1\0\0")
whole = open("stream.arrows", "rb").read()
put("stream_cut.arrows", whole[: len(whole) // 2])
put("stream_claims.arrows", b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(16))

# A part that announces more bytes than there can be: an allocation of them would end the program.
whole = open("lz4.arrow", "rb").read()
place = whole.index(b"\x04\x22\x4d\x18") - 8
put("arrow_claims.arrow", whole[:place] + b"\xff" * 7 + b"\x7f" + whole[place + 8 :])
whole = open("zstd.arrow", "rb").read()
place = whole.index(b"\x28\xb5\x2f\xfd") - 8
put("arrow_claims_more.arrow", whole[:place] + (1 << 40).to_bytes(8, "little") + whole[place + 8 :])

# A batch of which the footer says that it is longer than the file.
whole = bytearray(open("file.arrow", "rb").read())
length = int.from_bytes(whole[-10:-6], "little")
for place in range(len(whole) - 10 - length, len(whole) - 34):
    offset, metadata, _, body = struct.unpack_from("<qiiq", whole, place)
    is_message = 8 <= offset < len(whole) and whole[offset : offset + 4] == b"\xff" * 4
    if is_message and metadata == int.from_bytes(whole[offset + 4 : offset + 8], "little") + 8:
        struct.pack_into("<q", whole, place + 16, 2_000_000_000)
put("arrow_claims_a_batch.arrow", bytes(whole))
