package ceiling

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

// A Database is where a ceiling keeps its rows: a SQLite file, or PostgreSQL if URL is set.
type Database struct {
	File, URL string
	// Connections is the number of connections to PostgreSQL.
	Connections int
}

// table is the part of a database that the handlers use.
type table interface {
	// insert adds one row, durable at its return.
	insert(ctx context.Context, id, name, email string) error
	// read returns a row by its primary key, with a prepared statement.
	read(ctx context.Context, id string) (name, email string, err error)
	close()
}

func open(ctx context.Context, d Database) (table, error) {
	if d.URL != "" {
		return openPostgres(ctx, d.URL, d.Connections)
	}
	return openSQLite(ctx, d.File)
}

// rows is the number of rows among which /read reads.
const rows = 1000

// Serve answers at an address until the context ends, and calls ready first:
//
//	POST /insert  decodes JSON and inserts one row
//	POST /read    decodes JSON and reads one row by its primary key
//	GET /count    counts the customers of ?organization= in a SQLite file of Onramp
func Serve(ctx context.Context, address string, d Database, ready func()) error {
	t, err := open(ctx, d)
	if err != nil {
		return err
	}
	defer t.close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(t)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	ready()
	select {
	case <-ctx.Done():
		return server.Close()
	case err := <-ended:
		return err
	}
}

func handler(t table) http.Handler {
	e := echo.New()
	var next, turn atomic.Int64
	decode := func(c echo.Context) (map[string]any, error) {
		var body map[string]any
		err := json.NewDecoder(c.Request().Body).Decode(&body)
		return body, err
	}
	e.POST("/insert", func(c echo.Context) error {
		body, err := decode(c)
		if err != nil {
			return err
		}
		name, _ := body["firstName"].(string)
		email, _ := body["email"].(string)
		id := "row" + strconv.FormatInt(next.Add(1), 10)
		if err := t.insert(c.Request().Context(), id, name, email); err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, map[string]string{"id": id})
	})
	e.POST("/read", func(c echo.Context) error {
		if _, err := decode(c); err != nil {
			return err
		}
		name, email, err := t.read(c.Request().Context(), "row"+strconv.FormatInt(1+turn.Add(1)%rows, 10))
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]string{"name": name, "email": email})
	})
	e.GET("/count", func(c echo.Context) error {
		file, ok := t.(*sqliteTable)
		if !ok {
			return errors.New("only customers of a SQLite file are counted")
		}
		n, err := file.count(c.Request().Context(), c.QueryParam("organization"))
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]int{"totalCount": n})
	})
	return e
}
