"""One typed tree of settings: defaults < HOME/settings.toml < environment < flags. Unknown keys are errors."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from casefile.errors import SettingsError

FILE_NAME = "settings.toml"
PREFIX = "CASECLERK_"
NOT_SETTINGS = frozenset({"CASECLERK_HOME", "CASECLERK_ACTOR", "CASECLERK_EVAL_DATA", "CASECLERK_CI"})


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseDefaults(_Section):
    """What a new case gets where nothing was said."""

    region: str = Field("DE", pattern="^[A-Z]{2}$", description="ISO 3166 country for national phone numbers")
    time_zone: str = Field("Europe/Berlin", description="IANA zone for times that name none")
    languages: tuple[str, ...] = Field(("en",), description="ISO 639-1 languages of the material")


class ReadingLimits(_Section):
    """Bounds of one file in the reading process."""

    memory_mib: int = Field(3072, ge=256, description="address space of the process that reads one file, in MiB")
    cpu_seconds: int = Field(300, ge=1, description="processor time for one file")
    wall_seconds: int = Field(600, ge=1, description="time on the clock for one file")
    open_files: int = Field(128, ge=32, description="open files of the reading process")
    output_mib: int = Field(512, ge=1, description="what a reader may return of one file, in MiB")
    part_mib: int = Field(4096, ge=1, description="all parts taken out of one file together, in MiB")
    parts: int = Field(20_000, ge=1, description="parts taken out of one file")
    depth: int = Field(8, ge=1, description="how deep parts are taken out of parts")
    file_gib: int = Field(64, ge=1, description="largest file that is taken into a case, in GiB")
    workers: int = Field(2, ge=1, le=64, description="reading processes side by side")


class EmbeddingSettings(_Section):
    """The model that turns passages into vectors."""

    model_path: str = Field("", description="folder of a sentence-transformers model; empty: the one that is built in")
    query_prefix: str = Field("", description="put before each question, where the model wants it")
    passage_prefix: str = Field("", description="put before each passage, where the model wants it")
    model_sha256: str = Field("", description="what the model's weights must hash to; empty: any")
    runtime: Literal["auto", "onnxruntime-int8", "torch-float32", "torch-bfloat16"] = Field(
        "auto", description="auto takes the fastest that works"
    )
    threads: int = Field(0, ge=0, description="processor threads for embedding; 0: all cores")


class RetrievalSettings(_Section):
    """How passages are found."""

    reranker_path: str = Field(
        "", description="folder of a sentence-transformers cross-encoder that orders the first passages; empty: none"
    )


class AnsweringSettings(_Section):
    """How answers are made."""

    engine: Literal["auto", "extractive", "ministral", "server"] = Field(
        "auto", description="what writes the answer; auto: a model where one is in use, else quotes only"
    )
    passages: int = Field(24, ge=1, le=200, description="passages looked at for one answer")
    quotes: int = Field(3, ge=1, le=20, description="most quotes of a short answer")
    characters: int = Field(600, ge=100, description="most characters of a short answer")


class ModelSettings(_Section):
    """The language model that runs on this machine."""

    context_tokens: int = Field(0, ge=0, le=262_144, description="prompt and answer; 0: what memory allows, to 8192")
    threads: int = Field(0, ge=0, description="processor threads of the model; 0: all cores")
    batch_tokens: int = Field(64, ge=1, le=2048, description="tokens read at once; the model can be stopped between")
    gpu_layers: int = Field(0, ge=-1, description="layers kept on a graphics card; -1: all")
    seed: int = Field(1, ge=0, le=2**31 - 1, description="of the sampler; kept with each answer")
    temperature: float = Field(0.0, ge=0, le=2, description="0 takes the likeliest token; kept with each answer")
    first_word_seconds: float = Field(15, gt=0, description="longest reading before the first word; passages are cut")
    answer_tokens: int = Field(400, ge=16, le=8192, description="longest answer of the model, in tokens")
    tool_calls: int = Field(4, ge=0, le=32, description="most tool calls for one question")
    idle_minutes: int = Field(30, ge=1, description="the model's memory is given back after this time without use")
    describe_pictures: bool = Field(
        default=False, description="an ingestion is followed by descriptions of new pictures by the model"
    )


class ServerSettings(_Section):
    """An OpenAI-compatible server that writes the answers. Off unless an administrator switches it on."""

    enabled: bool = Field(default=False, description="evidence may be sent to the server; off: never")
    url: str = Field("", description="base URL such as http://127.0.0.1:8000/v1")
    model: str = Field("", description="the model's name on the server; empty: its only one")
    hosts: tuple[str, ...] = Field((), description="names of hosts allowed besides this machine")
    key_file: str = Field("", description="file that holds the API key; empty: none")
    ca_file: str = Field("", description="certificates (PEM) that the server's must be signed by; empty: the system's")
    timeout_seconds: float = Field(120, gt=0, description="longest silence of the server")
    retries: int = Field(2, ge=0, le=10, description="tries after a failure before the first word")
    at_once: int = Field(4, ge=1, le=256, description="requests side by side")
    context_tokens: int = Field(8192, ge=512, description="prompt and answer together on the server")
    sees: bool = Field(default=False, description="whether the server's model takes pictures")


class PageSettings(_Section):
    """The page in the browser."""

    port: int = Field(7860, ge=1, le=65535, description="port on this machine; another free one where it is taken")
    session_hours: int = Field(12, ge=1, le=720, description="how long somebody stays signed in")
    link_minutes: int = Field(30, ge=1, le=1440, description="how long a sign-in link can be used")
    blur_pictures: bool = Field(
        default=True, description="pictures from evidence are blurred until somebody asks for them"
    )
    upload_gib: int = Field(16, ge=1, description="largest upload, all its files together, in GiB")


class Settings(_Section):
    """The whole tree; one attribute a section of `settings.toml`."""

    case: CaseDefaults = CaseDefaults()  # type: ignore[call-arg]
    reading: ReadingLimits = ReadingLimits()  # type: ignore[call-arg]
    embedding: EmbeddingSettings = EmbeddingSettings()  # type: ignore[call-arg]
    retrieval: RetrievalSettings = RetrievalSettings()  # type: ignore[call-arg]
    answering: AnsweringSettings = AnsweringSettings()  # type: ignore[call-arg]
    model: ModelSettings = ModelSettings()  # type: ignore[call-arg]
    server: ServerSettings = ServerSettings()  # type: ignore[call-arg]
    page: PageSettings = PageSettings()  # type: ignore[call-arg]


@dataclass(frozen=True, slots=True)
class SettingOrigin:
    """One setting as `settings show` prints it."""

    name: str
    value: object
    origin: str
    description: str


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force and where each value came from."""

    settings: Settings
    origins: tuple[SettingOrigin, ...]


def load_settings(
    home: Path, environment: Mapping[str, str] | None = None, flags: Mapping[str, object] | None = None
) -> LoadedSettings:
    """Read the tree. `flags` are `section.key` to value, None values left out.

    Raises:
        SettingsError: a file that is no TOML, an unknown key, or a value of the wrong kind; names the place to mend.
    """
    tree: dict[str, dict[str, object]] = {}
    origins: dict[str, str] = {}
    path = home / FILE_NAME
    for origin, layer in (
        (str(path), _from_file(path)),
        ("environment", _from_environment(os.environ if environment is None else environment)),
        ("flag", _from_flags(flags or {})),
    ):
        for section, values in layer.items():
            for key, value in values.items():
                tree.setdefault(section, {})[key] = value
                origins[f"{section}.{key}"] = (
                    f"{origin} ({_variable(section, key)})" if origin == "environment" else origin
                )
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][:2])
        raise SettingsError(
            f"Setting {name!r} cannot be used: {first['msg']}. It comes from {origins.get(name, path)}; "
            "`caseclerk settings show` lists all settings and what they mean."
        ) from error
    return LoadedSettings(settings, _describe(settings, origins))


def _from_file(path: Path) -> dict[str, dict[str, object]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}. Mend or remove the file.") from error
    wrong = [name for name, value in content.items() if not isinstance(value, dict)]
    if wrong:
        raise SettingsError(f"{path}: {wrong[0]!r} must stand in a section such as [reading].")
    return content


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, object]]:
    layer: dict[str, dict[str, object]] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        field = Settings.model_fields.get(section)
        if field is None or key not in _section(section).model_fields:
            raise SettingsError(
                f"The environment variable {name} names no setting. Unset it, or see `caseclerk settings show`."
            )
        is_list = key in {"languages", "hosts"}
        layer.setdefault(section, {})[key] = tuple(value.split(",")) if is_list else value
    return layer


def _from_flags(flags: Mapping[str, object]) -> dict[str, dict[str, object]]:
    layer: dict[str, dict[str, object]] = {}
    for name, value in flags.items():
        if value is not None:
            section, _, key = name.partition(".")
            layer.setdefault(section, {})[key] = value
    return layer


def _section(name: str) -> type[BaseModel]:
    section = Settings.model_fields[name].annotation
    assert isinstance(section, type)
    assert issubclass(section, BaseModel)
    return section


def _variable(section: str, key: str) -> str:
    return f"{PREFIX}{section}_{key}".upper()


def _describe(settings: Settings, origins: Mapping[str, str]) -> tuple[SettingOrigin, ...]:
    rows = []
    for section in Settings.model_fields:
        values = getattr(settings, section)
        for key, field in _section(section).model_fields.items():
            name = f"{section}.{key}"
            rows.append(
                SettingOrigin(name, getattr(values, key), origins.get(name, "default"), field.description or "")
            )
    return tuple(rows)
