-- What the workers make: whole pictures, and the tiles that the map shows.
CREATE TABLE picture (
    survey integer NOT NULL REFERENCES survey ON DELETE CASCADE,
    layer  text    NOT NULL,
    png    bytea   NOT NULL,
    PRIMARY KEY (survey, layer)
);

CREATE TABLE tile (
    survey integer NOT NULL REFERENCES survey ON DELETE CASCADE,
    layer  text    NOT NULL,
    zoom   integer NOT NULL,
    x      integer NOT NULL,
    y      integer NOT NULL,
    png    bytea   NOT NULL,
    PRIMARY KEY (survey, layer, zoom, x, y)
);

-- The surface itself: rows from north to south, each cell 4 bytes (IEEE 754, little-endian), NaN where nothing is known.
-- Stored as it is, so that one cell can be read without the others.
CREATE TABLE surface (
    survey     integer PRIMARY KEY REFERENCES survey ON DELETE CASCADE,
    elevations bytea   NOT NULL
);

ALTER TABLE surface ALTER COLUMN elevations SET STORAGE EXTERNAL;
