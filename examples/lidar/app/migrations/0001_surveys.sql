-- Surveys. One whose status is `queued` waits for a worker: the table is the queue.
CREATE TABLE survey (
    id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text        NOT NULL,
    bytes       bigint      NOT NULL,
    status      text        NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'failed')),
    reason      text,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    seconds     real,
    facts       jsonb
);

CREATE INDEX survey_queue ON survey (id) WHERE status = 'queued';
