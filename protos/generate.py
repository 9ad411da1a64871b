"""Generate the Python stubs and the image for buf from the proto files beside this script.

``python protos/generate.py`` writes ``gen/`` (stubs: ``*_pb2.py``, ``*_pb2.pyi``,
``*_pb2_grpc.py``) and ``build/image.binpb`` (all descriptors with source info); with ``--image-only
FOLDER FILE`` it writes just the image of another folder's protos, such as those of a release. No
third-party proto file is kept in the repository: google's come with the googleapis-common-protos
package, and ``buf/validate`` is taken from the descriptor that protovalidate carries.
"""

import shutil
import sys
from pathlib import Path

import google.api
from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
STUBS = ROOT / "gen"
BUILD = ROOT / "build"
VALIDATE = "buf/validate/validate.proto"


def main(arguments: list[str]) -> int:
    """Write what is asked for; return protoc's exit code (0 when all went well)."""
    BUILD.mkdir(exist_ok=True)
    if arguments[:1] == ["--image-only"]:
        return _protoc(Path(arguments[1]), *_image(Path(arguments[2])))
    if STUBS.exists():
        shutil.rmtree(STUBS)
    STUBS.mkdir()
    python = [f"--python_out={STUBS}", f"--pyi_out={STUBS}"]
    return (
        _protoc(PROTOS, *python, f"--grpc_python_out={STUBS}")
        or _protoc(PROTOS, *python, sources=[VALIDATE])
        or _protoc(PROTOS, *_image(BUILD / "image.binpb"))
    )


def _image(file: Path) -> list[str]:
    return ["--include_imports", "--include_source_info", f"--descriptor_set_out={file}"]


def _protoc(folder: Path, *options: str, sources: list[str] | None = None) -> int:
    """Run protoc on the protos below a folder, or on the sources named."""
    third_party = BUILD / "third_party.binpb"
    third_party.write_bytes(_third_party_descriptors().SerializeToString())
    every = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))
    inputs = [
        f"--proto_path={folder}",
        f"--proto_path={Path(next(iter(google.api.__path__))).parents[1]}",
        f"--descriptor_set_in={third_party}",
    ]
    return int(protoc.main(["protoc", *inputs, *options, *(sources or every)]))


def _third_party_descriptors() -> descriptor_pb2.FileDescriptorSet:
    """Return buf/validate/validate.proto and all that it imports, imports first."""
    validate = descriptor_pb2.FileDescriptorProto.FromString(
        validate_pb.FieldRules.desc().file.proto.to_binary()
    )
    files = descriptor_pb2.FileDescriptorSet()
    for imported in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        imported.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(validate)
    return files


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
