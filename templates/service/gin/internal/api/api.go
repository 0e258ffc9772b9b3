// Package api is the service's HTTP API.
package api

import (
	"errors"
	"log/slog"
	"net/http"
	"regexp"

	"github.com/gin-gonic/gin"
)

type newItem struct {
	Name     string `json:"name" binding:"required"`
	Quantity int    `json:"quantity" binding:"min=1"`
}

// New serves POST /items and GET /items/{id}.
func New(store Store) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(namesRoute, gin.Recovery())
	router.POST("/items", func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 1<<20)
		var asked newItem
		if err := c.ShouldBindJSON(&asked); err != nil {
			fail(c, http.StatusBadRequest, "the body is not a valid item", err)
			return
		}
		kept, err := store.Add(c.Request.Context(), Item{Name: asked.Name, Quantity: asked.Quantity})
		if err != nil {
			fail(c, http.StatusInternalServerError, "the item was not kept", err)
			return
		}
		c.Header("Location", "/items/"+kept.ID)
		c.JSON(http.StatusCreated, kept)
	})
	router.GET("/items/:id", func(c *gin.Context) {
		item, err := store.Find(c.Request.Context(), c.Param("id"))
		switch {
		case errors.Is(err, ErrNotFound):
			fail(c, http.StatusNotFound, err.Error(), nil)
		case err != nil:
			fail(c, http.StatusInternalServerError, "the item could not be read", err)
		default:
			c.JSON(http.StatusOK, item)
		}
	})
	return router
}

// parameter is a part of a route that Gin fills: :id, *path.
var parameter = regexp.MustCompile(`[:*](\w+)`)

// namesRoute writes Gin's route where the metrics look for that of net/http, and as that writes it: {id} for :id.
func namesRoute(c *gin.Context) {
	c.Request.Pattern = parameter.ReplaceAllString(c.FullPath(), "{$1}")
	c.Next()
}

// fail tells the caller what they can act upon, and the log the cause.
func fail(c *gin.Context, status int, text string, cause error) {
	if cause != nil {
		slog.WarnContext(c.Request.Context(), text, "status", status, "error", cause)
	}
	c.JSON(status, gin.H{"error": text})
}
