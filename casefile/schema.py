"""The catalogue's schema as numbered migrations. A migration that has been released is never edited; add the next."""

MIGRATIONS: tuple[str, ...] = (
    # 1: the spine
    """
    CREATE TABLE case_description (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        id TEXT NOT NULL, title TEXT NOT NULL, purpose TEXT NOT NULL, case_number TEXT NOT NULL,
        region TEXT NOT NULL, time_zone TEXT NOT NULL, languages TEXT NOT NULL, created_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE exhibits (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE CHECK (length(id) = 71 AND id GLOB 'sha256:*'),
        size INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('stored', 'read')),
        status TEXT CHECK (status IN ('complete', 'partial', 'failed', 'skipped')),
        text_sha256 TEXT,
        title TEXT NOT NULL DEFAULT '', sender TEXT NOT NULL DEFAULT '', recipients TEXT NOT NULL DEFAULT '[]',
        sent_at TEXT,
        CHECK ((state = 'stored') = (status IS NULL)),
        FOREIGN KEY (id, text_sha256) REFERENCES texts (exhibit_id, sha256) DEFERRABLE INITIALLY DEFERRED
    ) STRICT;

    CREATE TABLE occurrences (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT REFERENCES exhibits (id),
        name TEXT NOT NULL, path TEXT NOT NULL,
        parent_id TEXT REFERENCES exhibits (id),
        modified_at TEXT,
        media_type TEXT NOT NULL DEFAULT '',
        status TEXT CHECK (status IN ('complete', 'partial', 'failed', 'skipped')),
        new INTEGER NOT NULL CHECK (new IN (0, 1))
    ) STRICT;
    CREATE UNIQUE INDEX occurrences_place ON occurrences (path, ifnull(exhibit_id, ''));
    CREATE INDEX occurrences_exhibit ON occurrences (exhibit_id);
    CREATE INDEX occurrences_parent ON occurrences (parent_id);

    CREATE TABLE issues (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT REFERENCES exhibits (id),
        occurrence_id INTEGER REFERENCES occurrences (id),
        stage TEXT NOT NULL, category TEXT NOT NULL, message TEXT NOT NULL, locator TEXT,
        CHECK ((exhibit_id IS NULL) <> (occurrence_id IS NULL))
    ) STRICT;
    CREATE INDEX issues_exhibit ON issues (exhibit_id);
    CREATE INDEX issues_occurrence ON issues (occurrence_id);

    CREATE TABLE texts (
        exhibit_id TEXT NOT NULL REFERENCES exhibits (id),
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        content TEXT NOT NULL,
        words BLOB NOT NULL,
        pages TEXT NOT NULL,
        reader TEXT NOT NULL, reader_version TEXT NOT NULL, read_at TEXT NOT NULL,
        PRIMARY KEY (exhibit_id, sha256)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE passages (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT NOT NULL, text_sha256 TEXT NOT NULL, ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL, end INTEGER NOT NULL CHECK (end > start),
        kind TEXT NOT NULL, text TEXT NOT NULL, context TEXT NOT NULL, locator TEXT NOT NULL, cells TEXT,
        UNIQUE (exhibit_id, text_sha256, ordinal),
        FOREIGN KEY (exhibit_id, text_sha256) REFERENCES texts (exhibit_id, sha256)
    ) STRICT;

    CREATE TABLE embedding_model (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        name TEXT NOT NULL, sha256 TEXT NOT NULL, dimension INTEGER NOT NULL, runtime TEXT NOT NULL,
        query_prefix TEXT NOT NULL, passage_prefix TEXT NOT NULL
    ) STRICT;
    CREATE TABLE embeddings (
        passage_id INTEGER PRIMARY KEY REFERENCES passages (id),
        vector BLOB NOT NULL
    ) STRICT;

    CREATE TABLE identifiers (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT NOT NULL, text_sha256 TEXT NOT NULL, passage_id INTEGER REFERENCES passages (id),
        kind TEXT NOT NULL, raw TEXT NOT NULL, normal TEXT NOT NULL, tier INTEGER NOT NULL, rule TEXT NOT NULL,
        start INTEGER NOT NULL, end INTEGER NOT NULL,
        FOREIGN KEY (exhibit_id, text_sha256) REFERENCES texts (exhibit_id, sha256)
    ) STRICT;
    CREATE INDEX identifiers_value ON identifiers (normal, kind);
    CREATE INDEX identifiers_exhibit ON identifiers (exhibit_id);

    CREATE TABLE moments (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT NOT NULL REFERENCES exhibits (id),
        text_sha256 TEXT, passage_id INTEGER REFERENCES passages (id),
        raw TEXT NOT NULL, meaning TEXT NOT NULL, utc TEXT, precision TEXT NOT NULL, zone TEXT,
        zone_assumed INTEGER NOT NULL, alternatives TEXT NOT NULL, start INTEGER, end INTEGER
    ) STRICT;
    CREATE INDEX moments_exhibit ON moments (exhibit_id);
    CREATE INDEX moments_utc ON moments (utc);

    CREATE TABLE conversations (
        id INTEGER PRIMARY KEY, title TEXT NOT NULL, started_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,
        conversation_id INTEGER NOT NULL REFERENCES conversations (id),
        asked_at TEXT NOT NULL, question TEXT NOT NULL, standalone TEXT NOT NULL, answer TEXT NOT NULL
    ) STRICT;
    CREATE INDEX turns_conversation ON turns (conversation_id);

    CREATE TABLE custody (
        sequence INTEGER PRIMARY KEY,
        at TEXT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL, details TEXT NOT NULL,
        previous TEXT NOT NULL, hash TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER custody_is_never_changed BEFORE UPDATE ON custody
        BEGIN SELECT raise(ABORT, 'custody events are never changed'); END;
    CREATE TRIGGER custody_is_never_deleted BEFORE DELETE ON custody
        BEGIN SELECT raise(ABORT, 'custody events are never deleted'); END;

    CREATE VIRTUAL TABLE passages_fts USING fts5 (
        text, context, content = 'passages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE TRIGGER passages_indexed AFTER INSERT ON passages BEGIN
        INSERT INTO passages_fts (rowid, text, context) VALUES (new.id, new.text, new.context);
    END;
    CREATE TRIGGER passages_forgotten AFTER DELETE ON passages BEGIN
        INSERT INTO passages_fts (passages_fts, rowid, text, context)
        VALUES ('delete', old.id, old.text, old.context);
    END;
    CREATE VIRTUAL TABLE passages_vocabulary USING fts5vocab (passages_fts, 'row');

    CREATE VIEW exhibit_bodies (number, name, title, body) AS
        SELECT e.number,
               (SELECT o.path FROM occurrences o WHERE o.exhibit_id = e.id ORDER BY o.id LIMIT 1), e.title, t.content
        FROM exhibits e JOIN texts t ON t.exhibit_id = e.id AND t.sha256 = e.text_sha256;
    CREATE VIRTUAL TABLE exhibits_fts USING fts5 (
        name, title, body, content = 'exhibit_bodies', content_rowid = 'number',
        tokenize = 'unicode61 remove_diacritics 2'
    );
    """,
    # 2: what every search and every ingestion asks is answered without looking at every passage
    """
    CREATE TABLE waiting (passage_id INTEGER PRIMARY KEY REFERENCES passages (id)) STRICT;
    INSERT INTO waiting
        SELECT p.id FROM passages p JOIN exhibits e ON e.id = p.exhibit_id AND e.text_sha256 = p.text_sha256
        WHERE p.id NOT IN (SELECT passage_id FROM embeddings);
    CREATE TRIGGER passages_wait AFTER INSERT ON passages BEGIN
        INSERT INTO waiting VALUES (new.id);
    END;
    CREATE TRIGGER passages_wait_no_longer AFTER INSERT ON embeddings BEGIN
        DELETE FROM waiting WHERE passage_id = new.passage_id;
    END;
    CREATE INDEX passages_of_tables ON passages (exhibit_id, text_sha256) WHERE kind = 'row' AND cells IS NOT NULL;
    CREATE INDEX exhibits_waiting ON exhibits (number) WHERE state = 'stored';
    """,
    # 3: conversations whose turns outlive the page that asked: state, who asked, scope, verdicts; a count of changes
    """
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO counters VALUES ('conversation_changes', 0);
    INSERT INTO counters SELECT 'conversation_ids', ifnull(max(id), 0) FROM conversations;
    INSERT INTO counters SELECT 'turn_ids', ifnull(max(id), 0) FROM turns;

    ALTER TABLE conversations ADD COLUMN scope TEXT NOT NULL DEFAULT '';
    ALTER TABLE conversations ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE turns ADD COLUMN state TEXT NOT NULL DEFAULT 'done'
        CHECK (state IN ('asking', 'done', 'stopped', 'failed'));
    ALTER TABLE turns ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
    ALTER TABLE turns ADD COLUMN scope TEXT NOT NULL DEFAULT '';
    ALTER TABLE turns ADD COLUMN process TEXT NOT NULL DEFAULT '';
    ALTER TABLE turns ADD COLUMN verdict TEXT CHECK (verdict IN ('good', 'bad'));
    ALTER TABLE turns ADD COLUMN verdict_reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE turns ADD COLUMN verdict_by TEXT NOT NULL DEFAULT '';
    ALTER TABLE turns ADD COLUMN verdict_at TEXT;
    CREATE INDEX turns_asking ON turns (id) WHERE state = 'asking';
    CREATE INDEX turns_judged ON turns (id) WHERE verdict IS NOT NULL;

    CREATE TRIGGER turns_entered AFTER INSERT ON turns BEGIN
        UPDATE counters SET value = value + 1 WHERE name = 'conversation_changes';
        UPDATE conversations SET revision = (SELECT value FROM counters WHERE name = 'conversation_changes')
            WHERE id = new.conversation_id;
    END;
    CREATE TRIGGER turns_changed AFTER UPDATE ON turns BEGIN
        UPDATE counters SET value = value + 1 WHERE name = 'conversation_changes';
        UPDATE conversations SET revision = (SELECT value FROM counters WHERE name = 'conversation_changes')
            WHERE id = new.conversation_id;
    END;
    CREATE TRIGGER conversations_changed AFTER UPDATE OF title, scope ON conversations BEGIN
        UPDATE counters SET value = value + 1 WHERE name = 'conversation_changes';
        UPDATE conversations SET revision = (SELECT value FROM counters WHERE name = 'conversation_changes')
            WHERE id = new.id;
    END;
    """,
    # 4: what was dropped into a conversation or a case page, and how far it is
    """
    INSERT INTO counters VALUES ('upload_ids', 0), ('upload_file_ids', 0);
    CREATE TABLE uploads (
        id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL, actor TEXT NOT NULL, title TEXT NOT NULL,
        conversation_id INTEGER REFERENCES conversations (id) ON DELETE SET NULL,
        state TEXT NOT NULL CHECK (state IN ('receiving', 'waiting', 'reading', 'done', 'cancelled', 'failed')),
        message TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX uploads_conversation ON uploads (conversation_id);
    CREATE INDEX uploads_unfinished ON uploads (id) WHERE state IN ('receiving', 'waiting', 'reading');
    CREATE TABLE upload_files (
        id INTEGER PRIMARY KEY,
        upload_id INTEGER NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
        name TEXT NOT NULL, size INTEGER NOT NULL CHECK (size >= 0),
        state TEXT NOT NULL CHECK (state IN ('receiving', 'waiting', 'reading', 'done', 'cancelled', 'failed')),
        message TEXT NOT NULL DEFAULT '',
        UNIQUE (upload_id, name)
    ) STRICT;
    """,
    # 5: sealed exhibits: their text is current no more, and what is read by version leaves them out
    """
    INSERT INTO counters VALUES ('searchable', 0);
    CREATE TABLE seals (
        exhibit_id TEXT PRIMARY KEY REFERENCES exhibits (id),
        ground TEXT NOT NULL CHECK (ground IN ('privileged', 'out_of_scope', 'other')),
        reason TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
        sealed_with TEXT, with_parts INTEGER NOT NULL CHECK (with_parts IN (0, 1)),
        text_sha256 TEXT, title TEXT NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL, sent_at TEXT,
        FOREIGN KEY (exhibit_id, text_sha256) REFERENCES texts (exhibit_id, sha256) DEFERRABLE INITIALLY DEFERRED
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX seals_with ON seals (sealed_with);

    CREATE VIEW open_texts AS SELECT * FROM texts WHERE exhibit_id NOT IN (SELECT exhibit_id FROM seals);
    CREATE VIEW open_passages AS SELECT * FROM passages WHERE exhibit_id NOT IN (SELECT exhibit_id FROM seals);

    CREATE TRIGGER sealed_stays_sealed BEFORE UPDATE ON exhibits
        WHEN (new.text_sha256 IS NOT NULL OR new.title <> '' OR new.sender <> '' OR new.sent_at IS NOT NULL)
            AND EXISTS (SELECT 1 FROM seals WHERE exhibit_id = new.id)
        BEGIN SELECT raise(ABORT, 'a sealed exhibit has no text to be found'); END;
    CREATE TRIGGER searchable_by_text AFTER UPDATE OF text_sha256 ON exhibits BEGIN
        UPDATE counters SET value = value + 1 WHERE name = 'searchable';
    END;
    CREATE TRIGGER searchable_no_more AFTER DELETE ON exhibits BEGIN
        UPDATE counters SET value = value + 1 WHERE name = 'searchable';
    END;

    DROP TRIGGER passages_indexed;
    DROP TRIGGER passages_forgotten;
    DROP TRIGGER passages_wait;
    DROP TABLE passages_vocabulary;
    DROP TABLE passages_fts;
    CREATE VIRTUAL TABLE passages_fts USING fts5 (
        text, context, content = 'open_passages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
    );
    INSERT INTO passages_fts (passages_fts) VALUES ('rebuild');
    CREATE VIRTUAL TABLE passages_vocabulary USING fts5vocab (passages_fts, 'row');
    CREATE TRIGGER passages_indexed AFTER INSERT ON passages
        WHEN NOT EXISTS (SELECT 1 FROM seals WHERE exhibit_id = new.exhibit_id)
        BEGIN INSERT INTO passages_fts (rowid, text, context) VALUES (new.id, new.text, new.context); END;
    CREATE TRIGGER passages_forgotten AFTER DELETE ON passages
        WHEN NOT EXISTS (SELECT 1 FROM seals WHERE exhibit_id = old.exhibit_id)
        BEGIN
            INSERT INTO passages_fts (passages_fts, rowid, text, context)
            VALUES ('delete', old.id, old.text, old.context);
        END;
    CREATE TRIGGER passages_wait AFTER INSERT ON passages
        WHEN NOT EXISTS (SELECT 1 FROM seals WHERE exhibit_id = new.exhibit_id)
        BEGIN INSERT INTO waiting VALUES (new.id); END;
    """,
    # 6: ingestions that the page runs, and exhibits that are to be read again
    """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('upload', 'folder', 'retry')),
        actor TEXT NOT NULL, upload_id INTEGER, path TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'cancelling', 'done', 'failed', 'cancelled')),
        message TEXT NOT NULL DEFAULT '', totals TEXT NOT NULL DEFAULT '{}',
        made_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX jobs_unfinished ON jobs (id) WHERE state IN ('queued', 'running', 'cancelling');
    CREATE INDEX jobs_upload ON jobs (upload_id);
    CREATE TABLE to_read_again (
        exhibit_id TEXT PRIMARY KEY REFERENCES exhibits (id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER read_again AFTER UPDATE OF state ON exhibits BEGIN
        DELETE FROM to_read_again WHERE exhibit_id = new.id;
    END;
    """,
    # 7: notes and labels on exhibits, stored keyword lists, what was erased
    """
    INSERT INTO counters VALUES ('note_ids', 0);
    CREATE TABLE labels (
        exhibit_id TEXT NOT NULL REFERENCES exhibits (id),
        name TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (exhibit_id, name)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX labels_name ON labels (name);
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT NOT NULL REFERENCES exhibits (id),
        at TEXT NOT NULL, actor TEXT NOT NULL, text TEXT NOT NULL,
        edited_at TEXT, edited_by TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX notes_exhibit ON notes (exhibit_id);

    CREATE TABLE keyword_lists (
        name TEXT PRIMARY KEY, terms TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE erased (
        id INTEGER PRIMARY KEY,
        exhibit_id TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, erased_with TEXT
    ) STRICT;
    CREATE INDEX erased_exhibit ON erased (exhibit_id);
    CREATE TABLE erasing (exhibit_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    ALTER TABLE turns ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
    """,
    # 8: which engine a conversation's next question goes to
    """
    ALTER TABLE conversations ADD COLUMN engine TEXT NOT NULL DEFAULT '';
    DROP TRIGGER conversations_changed;
    CREATE TRIGGER conversations_changed AFTER UPDATE OF title, scope, engine ON conversations BEGIN
        UPDATE counters SET value = value + 1 WHERE name = 'conversation_changes';
        UPDATE conversations SET revision = (SELECT value FROM counters WHERE name = 'conversation_changes')
            WHERE id = new.id;
    END;
    """,
    # 9: texts that a model made from an exhibit, such as the description of a picture: of what, by which model
    """
    CREATE TABLE derivations (
        exhibit_id TEXT NOT NULL REFERENCES exhibits (id),
        source_id TEXT NOT NULL REFERENCES exhibits (id),
        page INTEGER NOT NULL CHECK (page >= 0),
        kind TEXT NOT NULL CHECK (kind = 'description'),
        model TEXT NOT NULL, model_sha256 TEXT NOT NULL, prompt_sha256 TEXT NOT NULL,
        at TEXT NOT NULL, actor TEXT NOT NULL,
        PRIMARY KEY (exhibit_id, source_id, page, model, model_sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX derivations_source ON derivations (source_id);
    """,
    # 10: descriptions of pictures are jobs of the page too
    """
    CREATE TABLE jobs_of_every_kind (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('upload', 'folder', 'retry', 'describe')),
        actor TEXT NOT NULL, upload_id INTEGER, path TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'cancelling', 'done', 'failed', 'cancelled')),
        message TEXT NOT NULL DEFAULT '', totals TEXT NOT NULL DEFAULT '{}',
        made_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO jobs_of_every_kind SELECT * FROM jobs;
    DROP TABLE jobs;
    ALTER TABLE jobs_of_every_kind RENAME TO jobs;
    CREATE INDEX jobs_unfinished ON jobs (id) WHERE state IN ('queued', 'running', 'cancelling');
    CREATE INDEX jobs_upload ON jobs (upload_id);
    """,
)
